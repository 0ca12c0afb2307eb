import { z } from "zod";
import { normalizeName } from "../packaging-standards/index.ts";
import {
  type BelievedPage,
  believePage,
  checkApiVersion,
  checkCount,
  type PageContext,
  parseSerial,
} from "./believe-page.ts";
import { UpstreamTrouble } from "./errors.ts";
import type { Fault, RawFile } from "./listed-files.ts";

/** What makes it a project's page; keys that nobody knows are passed over (PEP 691, "Versioning"). */
const page = z.object({
  meta: z.object({ "api-version": z.unknown().optional(), "_last-serial": z.unknown().optional() }),
  name: z.string().nullish(),
  files: z.array(z.unknown()),
  "project-status": z
    .object({ status: z.unknown().optional(), reason: z.string().nullish().catch(null) })
    .nullish()
    .catch(null),
});

const hashes = z.record(z.string(), z.string());
/** PEP 714: presence, or digests. */
const siblingMetadata = z.union([z.boolean(), hashes]).nullish().catch(null);

const file = z.object({
  filename: z.string(),
  url: z.string(),
  hashes: hashes.nullish(),
  size: z.number().nullish().catch(null),
  "upload-time": z.string().nullish().catch(null),
  "requires-python": z.string().nullish(),
  yanked: z.union([z.boolean(), z.string()]).nullish(),
  "core-metadata": siblingMetadata,
  // What it was called before PEP 714, and what the reference called it by mistake.
  "dist-info-metadata": siblingMetadata,
  "data-dist-info-metadata": siblingMetadata,
  provenance: z.string().nullish().catch(null),
});

/** Reads a project's page in JSON (PEP 691, 700, 714, 740, 792; any 1.x). Throws UpstreamTrouble. */
export function parseJsonPage(body: Buffer, headerSerial: number | null, context: PageContext): BelievedPage {
  const { shown, project, url } = context;
  const { success, data } = page.safeParse(parseJson(body, shown));
  if (!success) throw new UpstreamTrouble("not-an-index-page", `${shown} is no page of a project.`);
  checkApiVersion(data.meta["api-version"], shown);
  checkCount(data.files.length, shown);
  if (data.name && normalizeName(data.name) !== project) {
    throw new UpstreamTrouble("not-an-index-page", `${shown} is the page of another project.`);
  }
  const raw = {
    displayName: data.name ?? undefined,
    serial: parseSerial(data.meta["_last-serial"]) ?? headerSerial,
    status: data["project-status"]?.status,
    statusReason: data["project-status"]?.reason ?? undefined,
    files: data.files.map(readFile),
    base: url,
  };
  return believePage(raw, context);
}

/** Throws UpstreamTrouble for what is no JSON in UTF-8. */
export function parseJson(body: Buffer, shown: string): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch (error) {
    throw new UpstreamTrouble("invalid", `${shown} is not valid JSON.`, { cause: error });
  }
}

function readFile(entry: unknown): RawFile | Fault {
  const { success, data } = file.safeParse(entry);
  if (!success) return "malformed";
  const metadata = data["core-metadata"] ?? data["dist-info-metadata"] ?? data["data-dist-info-metadata"] ?? false;
  return {
    filename: data.filename,
    url: data.url,
    hashes: data.hashes ?? {},
    size: data.size ?? undefined,
    uploadTime: data["upload-time"] ?? undefined,
    requiresPython: data["requires-python"] ?? undefined,
    // An empty text is no reason, and installers take it for not yanked.
    yanked: data.yanked === true ? "" : data.yanked || undefined,
    hasMetadata: metadata !== false,
    metadataHashes: typeof metadata === "boolean" ? {} : metadata,
    provenance: data.provenance ?? undefined,
  };
}
