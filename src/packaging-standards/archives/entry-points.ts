import { decodeUtf8 } from "./wheel-record.ts";

const COMMAND = /^[\p{L}\p{N}_.-]+$/u;

/**
 * Whether a wheel's entry_points.txt can be read, and names only commands that are file names (PyPA entry points
 * specification; upload.md §15.8). Read as Python's ConfigParser does with `=` as the only delimiter.
 */
export function hasValidEntryPoints(contents: Uint8Array): boolean {
  const text = decodeUtf8(contents);
  const sections = text === undefined ? undefined : parseSections(text);
  if (sections === undefined) return false;
  const inherited = sections.get("DEFAULT") ?? [];
  return ["console_scripts", "gui_scripts"].every((group) => {
    const own = sections.get(group);
    return own === undefined || [...own, ...inherited].every((name) => COMMAND.test(name));
  });
}

type Sections = ReadonlyMap<string, ReadonlySet<string>>;

/** The option names of each section. Undefined at a duplicate, an option before any section, a line that is neither. */
function parseSections(text: string): Sections | undefined {
  const sections = new Map<string, Set<string>>();
  let section: Set<string> | undefined;
  let optionIndent: number | undefined;
  if (text.startsWith("\ufeff")) return undefined;
  for (const line of text.split("\n")) {
    const content = line.trim();
    if (content === "" || content.startsWith("#") || content.startsWith(";")) continue;
    const indent = line.length - line.trimStart().length;
    if (optionIndent !== undefined && indent > optionIndent) continue;
    const header = /^\[(.+)\]/.exec(content)?.[1];
    if (header !== undefined) {
      const known = sections.get(header);
      if (known !== undefined && header !== "DEFAULT") return undefined;
      section = known ?? new Set();
      sections.set(header, section);
      optionIndent = undefined;
      continue;
    }
    const equals = content.indexOf("=");
    const option = content.slice(0, Math.max(equals, 0)).trim();
    if (section === undefined || option === "" || section.has(option)) return undefined;
    section.add(option);
    optionIndent = indent;
  }
  return sections;
}
