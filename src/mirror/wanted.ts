import { parse as parseToml, TomlError } from "smol-toml";
import { z } from "zod";
import {
  type NormalizedName,
  normalizeName,
  parseRequirement,
  type SpecifierSet,
} from "../packaging-standards/index.ts";

/** A project of which something is to be fetched ahead. */
export interface Wanted {
  readonly name: NormalizedName;
  /** Which releases will do: the newest of them is taken. */
  readonly specifiers?: SpecifierSet;
  /** SHA-256 of the files that will do; every file of the release where absent. */
  readonly hashes?: ReadonlySet<string>;
  /** The files themselves; then nothing else counts. */
  readonly filenames?: ReadonlySet<string>;
}

export interface WantedList {
  readonly wanted: readonly Wanted[];
  /** Lines that name nothing that could be fetched from an index, each with the reason. */
  readonly passedOver: readonly string[];
}

/** A file that should say what is wanted, and does not. The message is a sentence for a person. */
export class UnreadableList extends Error {
  override readonly name = "UnreadableList";
}

const HASH = /\s--hash[=\s]+(\w+):([0-9a-fA-F]+)/g;

/** A requirements file as pip reads it: continued lines, comments, hashes. Files that it includes are not followed. */
export function parseRequirementsFile(text: string): WantedList {
  const wanted: Wanted[] = [];
  const passedOver: string[] = [];
  for (const whole of text.replace(/\\\r?\n/g, " ").split(/\r?\n/)) {
    const line = whole.replace(/(^|\s)#.*$/, "").trim();
    if (line === "") continue;
    if (line.startsWith("-")) {
      passedOver.push(`${line}: options and other files are not followed`);
      continue;
    }
    const hashes = new Set(
      [...line.matchAll(HASH)].filter(([, kind]) => kind === "sha256").map(([, , hex = ""]) => hex.toLowerCase()),
    );
    const [requirement = ""] = line.split(/\s--/, 1);
    try {
      const { name, url, specifiers } = parseRequirement(requirement);
      if (url !== null) passedOver.push(`${name}: comes from an address, not from an index`);
      else wanted.push({ name: normalizeName(name), specifiers, ...(hashes.size > 0 && { hashes }) });
    } catch (error) {
      passedOver.push(`${requirement}: ${error instanceof Error ? error.message.split("\n")[0] : error}`);
    }
  }
  return { wanted, passedOver };
}

const urlOrName = z.object({ url: z.string(), name: z.string(), file: z.string(), filename: z.string() }).partial();
const lockedPackage = z.object({
  name: z.string(),
  sdist: urlOrName.optional(),
  wheels: z.array(urlOrName).optional(),
  files: z.array(urlOrName).optional(),
});
/** uv.lock and poetry.lock list `package`, pylock.toml (PEP 751) `packages`. */
const lock = z.object({ package: z.array(lockedPackage), packages: z.array(lockedPackage) }).partial();

/** A lock file: uv.lock, poetry.lock, pdm.lock or pylock.toml (PEP 751). Throws UnreadableList. */
export function parseLock(text: string): WantedList {
  const { package: older, packages: newer } = readLock(text);
  const list = older ?? newer;
  if (list === undefined)
    throw new UnreadableList("It lists no packages: uv.lock, poetry.lock, pdm.lock and pylock.toml do.");
  const wanted: Wanted[] = [];
  const passedOver: string[] = [];
  for (const { name, sdist, wheels = [], files = [] } of list) {
    const names = [...(sdist ? [sdist] : []), ...wheels, ...files].map(filenameOf).filter((one) => one !== undefined);
    if (names.length === 0) passedOver.push(`${name}: no files of an index are locked for it`);
    else wanted.push({ name: normalizeName(name), filenames: new Set(names) });
  }
  return { wanted, passedOver };
}

function readLock(text: string): z.infer<typeof lock> {
  try {
    return lock.parse(parseToml(text));
  } catch (cause) {
    if (cause instanceof TomlError)
      throw new UnreadableList(`It is no TOML: ${cause.message.split("\n")[0]}`, { cause });
    throw new UnreadableList("Its packages are not written as a lock file writes them.", { cause });
  }
}

function filenameOf({ url, name, file, filename }: z.infer<typeof urlOrName>): string | undefined {
  const written = filename ?? file ?? name;
  if (written !== undefined) return written;
  const last = url === undefined ? undefined : /([^/?#]+)(?:[?#].*)?$/.exec(url)?.[1];
  try {
    return last === undefined ? undefined : decodeURIComponent(last);
  } catch {
    // A stray percent sign: then it means itself.
    return last;
  }
}
