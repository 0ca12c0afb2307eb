/** A METADATA or PKG-INFO file, taken apart but not judged (core metadata specification, 1.0–2.5). */
export interface CoreMetadataFile {
  /**
   * Values by field name in lower case, in the order of the file. Folded values are one line, except Description and
   * License, which keep their line breaks without the indentation.
   */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** The text after the headers, or else the Description field; undefined when there is neither. */
  readonly description: string | undefined;
}

const HEADER = /^([!-9;-~]+):(.*)$/s;
const MULTILINE = new Set(["description", "license"]);

/**
 * Reads a METADATA or PKG-INFO file as Python's email parser does. Never throws: bytes that are not UTF-8 (files of the
 * past) are read as Latin-1, and a line that is no header starts the description.
 */
export function parseCoreMetadataFile(contents: Uint8Array): CoreMetadataFile {
  const text = decode(contents);
  const headers = new Map<string, string[]>();
  let open: { readonly field: string; readonly lines: string[] } | undefined;
  const close = () => {
    if (open === undefined) return;
    const values = headers.get(open.field) ?? [];
    values.push(unfold(open.lines, MULTILINE.has(open.field)));
    headers.set(open.field, values);
  };

  let at = 0;
  while (at < text.length) {
    const newline = text.indexOf("\n", at);
    const next = newline < 0 ? text.length : newline + 1;
    const line = text.slice(at, newline < 0 ? text.length : newline).replace(/\r$/, "");
    if (open !== undefined && /^[ \t]/.test(line)) {
      open.lines.push(line);
    } else {
      const [, field, value] = HEADER.exec(line) ?? [];
      if (line === "") at = next;
      if (field === undefined || value === undefined) break;
      close();
      open = { field: field.toLowerCase(), lines: [value.trim()] };
    }
    at = next;
  }
  close();
  const body = text.slice(at);
  return { headers, description: body.trim() === "" ? headers.get("description")?.[0] : body };
}

/**
 * The project and version (core metadata, Name and Version) a metadata file speaks of, as they are spelled in it.
 * Undefined where the field is missing, empty or repeated, since readers differ in which of two they believe.
 */
export function metadataNameAndVersion(file: CoreMetadataFile): {
  readonly name: string | undefined;
  readonly version: string | undefined;
} {
  return { name: single(file, "name"), version: single(file, "version") };
}

function single(file: CoreMetadataFile, field: string): string | undefined {
  const values = file.headers.get(field) ?? [];
  return values.length === 1 && values[0] !== "" ? values[0] : undefined;
}

function decode(contents: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(contents);
  } catch {
    return new TextDecoder("latin1").decode(contents);
  }
}

/** Takes the indentation off the lines after the first; distutils marked them with seven blanks and a bar, or eight blanks. */
function unfold([first = "", ...rest]: readonly string[], keepBreaks: boolean): string {
  if (rest.length === 0) return first;
  if (!keepBreaks) return [first, ...rest.map((line) => line.trim())].filter((line) => line !== "").join(" ");
  const isBarred = rest.every((line) => line.startsWith("       |"));
  const blanks = rest.filter((line) => line.trim() !== "").map((line) => line.length - line.trimStart().length);
  const indent = isBarred ? 8 : blanks.reduce((least, length) => Math.min(least, length), 8);
  return [first, ...rest.map((line) => line.slice(indent))].join("\n");
}
