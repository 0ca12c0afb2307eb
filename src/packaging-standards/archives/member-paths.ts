import { NotAccepted } from "./invalid-archive.ts";

/**
 * The folder that holds every name: what all have in common, segment by segment, empty and `.` segments left out. One
 * name alone is its own common path. Empty when there is none.
 */
export class CommonPath {
  #segments: readonly string[] | undefined;

  add(name: string): void {
    const segments = segmentsOf(name);
    if (this.#segments === undefined) {
      this.#segments = segments;
      return;
    }
    const common = this.#segments;
    const differs = common.findIndex((segment, index) => segment !== segments[index]);
    if (differs >= 0) this.#segments = common.slice(0, differs);
  }

  get path(): string {
    return (this.#segments ?? []).join("/");
  }

  /** Whether the folder is the common path so far, or above it: only such a folder can still turn out to be it. */
  isWithin(folder: string): boolean {
    const segments = segmentsOf(folder);
    return segments.every((segment, index) => segment === this.#segments?.[index]);
  }
}

/** Characters a name or the target of a link may have: no system could create longer ones. */
export const MAX_NAME_LENGTH = 4096;

/** Refuses names that would leave the folder an archive is unpacked in, on any system. Throws NotAccepted. */
export function checkMemberName(name: string): void {
  if (name === "" || name.includes("\0")) throw new NotAccepted("Invalid member name");
  if (name.length > MAX_NAME_LENGTH) throw new NotAccepted("Too long member names");
  if (name.startsWith("/") || /^[a-z]:/i.test(name)) throw new NotAccepted("Absolute member names are not allowed");
  if (name.includes("\\")) throw new NotAccepted("Backslashes in member names are not allowed");
  if (name.includes("..") && name.split("/").includes("..")) {
    throw new NotAccepted("Parent directories in member names are not allowed");
  }
}

/**
 * Refuses two names that are one file once unpacked, such as `a/b`, `a//b` and `a/./b`, or a folder and a file: programs
 * would differ in which of them they keep. Throws NotAccepted.
 */
export function checkDistinctPaths(names: ReadonlyMap<string, unknown>): void {
  const paths = new Set<string>();
  for (const name of names.keys()) {
    if (!name.endsWith("/") && !name.includes("//") && !name.includes("./")) continue;
    const path = segmentsOf(name).join("/");
    if (paths.has(path) || (path !== name && names.has(path))) throw new NotAccepted("Duplicate member names");
    paths.add(path);
  }
}

function segmentsOf(name: string): readonly string[] {
  return name.split("/").filter((segment) => segment !== "" && segment !== ".");
}
