// Which index pip on this machine installs from, found where pip itself looks (pip's "Configuration" page).
import { isAbsolute, join } from "node:path";

export interface PipSurroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Such as `linux` and `darwin`. */
  readonly platform: string;
  readonly home: string;
  /** The text of a file, undefined when it is not there or cannot be read. */
  readonly readText: (path: string) => string | undefined;
}

/**
 * The `index-url` of `pip install`: from PIP_INDEX_URL, else from the last configuration file that has one. Undefined where
 * pip is left to its built-in index, which only pip itself knows (`askPip`).
 */
export function findPipIndex(around: PipSurroundings): string | undefined {
  const said = around.env["PIP_INDEX_URL"]?.trim();
  if (said) return said;
  let found: string | undefined;
  for (const path of listPipFiles(around)) found = indexUrlOf(around.readText(path) ?? "") ?? found;
  return found;
}

/** In pip's order: what comes later counts more. PIP_CONFIG_FILE replaces the user's own files; the null device replaces all. */
function listPipFiles({ env, platform, home, readText }: PipSurroundings): readonly string[] {
  const named = env["PIP_CONFIG_FILE"];
  if (named === "/dev/null") return [];
  const isMac = platform === "darwin";
  const shared = isMac
    ? ["/Library/Application Support/pip"]
    : [...foldersIn(env["XDG_CONFIG_DIRS"] || "/etc/xdg").map((folder) => join(folder, "pip")), "/etc"];
  const xdg = env["XDG_CONFIG_HOME"];
  const inConfig = join(xdg && isAbsolute(xdg) ? xdg : join(home, ".config"), "pip");
  const own = [join(home, ".pip"), ...(isMac ? [inConfig, join(home, "Library/Application Support/pip")] : [inConfig])];
  const hasNamed = named !== undefined && readText(named) !== undefined;
  const environments = [env["CONDA_PREFIX"], env["VIRTUAL_ENV"]].filter((folder) => folder !== undefined);
  return [...shared, ...(hasNamed ? [] : own), ...environments]
    .map((folder) => join(folder, "pip.conf"))
    .concat(hasNamed ? [named] : []);
}

const foldersIn = (list: string) => list.split(":").filter(isAbsolute);

/** `[install]` counts more than `[global]`; keys may have `_` for `-`, values follow `=` or `:`. */
function indexUrlOf(text: string): string | undefined {
  const found = new Map<string, string>();
  let section = "";
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*[#;]/.test(line)) continue;
    section = /^\[([^\]]*)\]/.exec(line)?.[1] ?? section;
    const value = /^index[-_]url\s*[=:]\s*(\S+)/i.exec(line)?.[1];
    if (value !== undefined) found.set(section, value);
  }
  return found.get("install") ?? found.get("global");
}
