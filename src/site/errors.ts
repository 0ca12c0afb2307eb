import { NotFound } from "../platform/errors/problem.ts";

/** Longer names in an address are nobody's typing mistake. */
const SHOWN_LENGTH = 100;
const shown = (text: string) => (text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH).toWellFormed()}…` : text);

/** Says near spellings in its message too, for who reads no HTML. */
export class NoSuchProject extends NotFound {
  readonly code = "project_not_found";
  constructor(name: string, near: readonly string[]) {
    const hint = near.length === 0 ? "" : ` Near spellings: ${near.join(", ")}.`;
    super(`There is no project named ${shown(name)} in this index.${hint}`);
  }
}

export class NoSuchRelease extends NotFound {
  readonly code = "release_not_found";
  constructor(name: string, version: string | undefined) {
    super(version === undefined ? `${name} has no releases.` : `${name} has no release ${shown(version)}.`);
  }
}
