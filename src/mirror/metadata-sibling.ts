import { readWheelMetadata as readMetadataOf } from "../packaging-standards/index.ts";
import { openUpstreamBytes } from "./upstream-bytes.ts";
import type { UpstreamClient } from "./upstream-client.ts";

/** Only uploads are shown where the rules for archives are explained. */
const ARCHIVE_OPTIONS = { archivesUrl: "the help page" };

/**
 * METADATA of an upstream's wheel by a few range requests; undefined where it serves no ranges. Throws InvalidArchive for what
 * is no wheel of that name, UpstreamTrouble, FileGone.
 */
export async function readWheelMetadata(
  client: Pick<UpstreamClient, "readRange">,
  url: string,
  filename: string,
): Promise<Uint8Array | undefined> {
  const bytes = await openUpstreamBytes(client, url);
  return bytes && readMetadataOf(bytes, filename, ARCHIVE_OPTIONS);
}
