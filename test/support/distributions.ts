import { createHash } from "node:crypto";
import { IN_TREE_BACKEND } from "./in-tree-backend.ts";
import { buildTarGz } from "./tar-builder.ts";
import { buildZip } from "./zip-builder.ts";

export interface DistributionInput {
  /** As projects spell it; file names get the normalized form. Default `demo`. */
  readonly name?: string;
  /** In normal form. Default `1.0`. */
  readonly version?: string;
  readonly summary?: string;
  readonly requiresPython?: string;
  readonly requiresDist?: readonly string[];
  readonly extras?: readonly string[];
  readonly classifiers?: readonly string[];
  /** Written to the place where each kind of distribution keeps them, and named in the metadata. */
  readonly licenseFiles?: Readonly<Record<string, string>>;
  readonly description?: string;
  readonly descriptionContentType?: string;
  /** `a = b:c` pairs for `console_scripts`. */
  readonly commands?: Readonly<Record<string, string>>;
  /** More files: path in the wheel or below the sdist's top folder → contents. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** METADATA or PKG-INFO as a whole, instead of what follows from the rest. */
  readonly metadata?: string;
  /** So many bytes that do not compress, as one more file: for sizes and limits. */
  readonly padding?: number;
}

export interface WheelInput extends DistributionInput {
  /** `python-abi-platform`. Default `py3-none-any`. */
  readonly tag?: string;
  /** A build number (PEP 427), such as `1` or `2local`. */
  readonly build?: string;
  /** RECORD as a whole; null leaves the file out. */
  readonly record?: string | null;
  /** Names left out, among them those every wheel has. */
  readonly without?: readonly string[];
}

export interface Distribution {
  readonly filename: string;
  readonly bytes: Buffer;
  readonly name: string;
  readonly version: string;
  /** METADATA or PKG-INFO as it stands in the archive. */
  readonly metadata: string;
  readonly filetype: "bdist_wheel" | "sdist";
  /** The upload form's `pyversion`. */
  readonly pyversion: string;
  /** Hexadecimal SHA-256 of the bytes. */
  readonly sha256: string;
}

type Files = Record<string, string | Uint8Array>;

/** A wheel that pip installs: one module named like the project, which says its version. The same input, the same bytes. */
export function buildWheel(input: WheelInput = {}): Distribution {
  const { name = "demo", version = "1.0", tag = "py3-none-any" } = input;
  const stem = `${fileNamePart(name)}-${version}`;
  const distInfo = `${stem}.dist-info`;
  const metadata = input.metadata ?? metadataText(input);
  const files: Files = { ...moduleFiles(name, version), ...input.files };
  if (input.padding) files[`${fileNamePart(name)}/padding.bin`] = noise(input.padding);
  for (const [path, contents] of Object.entries(input.licenseFiles ?? {})) {
    files[`${distInfo}/licenses/${path}`] = contents;
  }
  if (input.commands) files[`${distInfo}/entry_points.txt`] = entryPointsText(input.commands);
  files[`${distInfo}/WHEEL`] = wheelText(tag, input.build);
  files[`${distInfo}/METADATA`] = metadata;
  for (const path of input.without ?? []) delete files[path];
  const record = input.record === undefined ? recordText(files, distInfo) : input.record;
  if (record !== null && !input.without?.includes(`${distInfo}/RECORD`)) files[`${distInfo}/RECORD`] = record;
  const bytes = buildZip(
    Object.entries(files).map(([path, contents]) => ({ name: path, contents, deflate: !path.endsWith(".bin") })),
  );
  const filename = `${[stem, ...(input.build ? [input.build] : []), tag].join("-")}.whl`;
  return {
    ...describe(filename, bytes, metadata, input),
    filetype: "bdist_wheel",
    pyversion: tag.split("-")[0] ?? "py3",
  };
}

/**
 * A `.tar.gz` source distribution that pip builds and installs without any network: its build backend (PEP 517) lies in
 * the tree. The same input, the same bytes.
 */
export function buildSdist(input: DistributionInput = {}): Distribution {
  const { name = "demo", version = "1.0" } = input;
  const top = `${fileNamePart(name)}-${version}`;
  const metadata = input.metadata ?? metadataText(input);
  const files: Files = {
    "PKG-INFO": metadata,
    "pyproject.toml": pyprojectText(name, version),
    "in_tree_backend.py": IN_TREE_BACKEND,
    ...Object.fromEntries(Object.entries(moduleFiles(name, version)).map(([path, text]) => [`src/${path}`, text])),
    ...input.licenseFiles,
    ...input.files,
  };
  if (input.commands) files["entry_points.txt"] = entryPointsText(input.commands);
  if (input.padding) files["padding.bin"] = noise(input.padding);
  const bytes = buildTarGz([
    { name: `${top}/`, type: "5" },
    ...Object.entries(files).map(([path, contents]) => ({ name: `${top}/${path}`, contents })),
  ]);
  return { ...describe(`${top}.tar.gz`, bytes, metadata, input), filetype: "sdist", pyversion: "source" };
}

/** Lower case, runs of `-`, `_` and `.` as one `_` (PEP 427, PEP 625). */
function fileNamePart(name: string): string {
  return name.toLowerCase().replace(/[-_.]+/g, "_");
}

function describe(
  filename: string,
  bytes: Buffer,
  metadata: string,
  { name = "demo", version = "1.0" }: DistributionInput,
) {
  return { filename, bytes, metadata, name, version, sha256: createHash("sha256").update(bytes).digest("hex") };
}

function metadataText(input: DistributionInput): string {
  const {
    name = "demo",
    version = "1.0",
    description = `# ${name}\n`,
    descriptionContentType = "text/markdown",
  } = input;
  const fields: readonly (readonly [string, string | undefined])[] = [
    ["Metadata-Version", "2.4"],
    ["Name", name],
    ["Version", version],
    ["Summary", input.summary ?? `What ${name} is for`],
    ["Requires-Python", input.requiresPython],
    ...(input.classifiers ?? []).map((value) => ["Classifier", value] as const),
    ...Object.keys(input.licenseFiles ?? {}).map((value) => ["License-File", value] as const),
    ...(input.extras ?? []).map((value) => ["Provides-Extra", value] as const),
    ...(input.requiresDist ?? []).map((value) => ["Requires-Dist", value] as const),
    ["Description-Content-Type", descriptionContentType],
  ];
  const lines = fields.flatMap(([field, value]) => (value === undefined ? [] : [`${field}: ${value}\n`]));
  return `${lines.join("")}\n${description}`;
}

function moduleFiles(name: string, version: string): Record<string, string> {
  return { [`${fileNamePart(name)}/__init__.py`]: `__version__ = ${JSON.stringify(version)}\n` };
}

function wheelText(tag: string, build: string | undefined): string {
  const [python = "", abi = "", platform = ""] = tag.split("-").map((part) => part.split("."));
  const tags = [...python].flatMap((p) => [...abi].flatMap((a) => [...platform].map((l) => `Tag: ${p}-${a}-${l}\n`)));
  const isPure = tag.endsWith("-any");
  const head = `Wheel-Version: 1.0\nGenerator: cheeseshop tests\nRoot-Is-Purelib: ${isPure}\n`;
  return head + tags.join("") + (build === undefined ? "" : `Build: ${build}\n`);
}

function recordText(files: Files, distInfo: string): string {
  const rows = Object.entries(files).map(([path, contents]) => {
    const bytes = Buffer.from(contents);
    return `${path},sha256=${createHash("sha256").update(bytes).digest("base64url")},${bytes.length}\n`;
  });
  return `${rows.join("")}${distInfo}/RECORD,,\n`;
}

function entryPointsText(commands: Readonly<Record<string, string>>): string {
  const lines = Object.entries(commands).map(([command, target]) => `${command} = ${target}\n`);
  return `[console_scripts]\n${lines.join("")}`;
}

function pyprojectText(name: string, version: string): string {
  const build = '[build-system]\nrequires = []\nbuild-backend = "in_tree_backend"\nbackend-path = ["."]\n';
  return `${build}\n[project]\nname = ${JSON.stringify(name)}\nversion = ${JSON.stringify(version)}\n`;
}

/** Bytes that look random and are the same each time: SHA-256 of a counter, block after block. */
function noise(length: number): Buffer {
  const out = Buffer.allocUnsafe(length);
  let state = createHash("sha256").update("cheeseshop").digest();
  for (let at = 0; at < length; at += state.length) {
    state = createHash("sha256").update(state).digest();
    state.copy(out, at, 0, Math.min(state.length, length - at));
  }
  return out;
}
