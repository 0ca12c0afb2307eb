import type { ReleaseEntry } from "../../indexes/index.ts";
import type { FoundProject } from "../project-command/with-project.ts";
import { CommandFailed } from "../terminal.ts";

/** So many versions are named where none was meant. */
const NAMED = 8;

/** The release that `version` means, in any spelling: 1.0.0 is 1.0. Throws CommandFailed. */
export async function pickRelease({ page }: FoundProject, version: string): Promise<ReleaseEntry> {
  const { releaseNamed } = await import("../../indexes/index.ts");
  const release = releaseNamed(page.releases, version);
  if (release !== undefined) return release;
  // No guess at one of them: 1.0 is near 2.0 in spelling, and never meant.
  const versions = page.releases.map((one) => one.version).reverse();
  const alike = versions.filter((one) => one.startsWith(version));
  const named = alike.length > 0 ? alike : versions;
  const more = named.length > NAMED || named.length < versions.length ? ", …" : "";
  const rest = named.length === 0 ? "none" : `${named.slice(0, NAMED).join(", ")}${more}`;
  throw new CommandFailed(`${page.displayName} has no release ${version}; it has ${rest}`);
}
