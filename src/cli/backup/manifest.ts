import { join } from "node:path";
import { z } from "zod";
import { readIfThere, writeDurably } from "./durable.ts";
import { BackupUnusable } from "./errors.ts";

/** The newest form of a backup that this release knows. Another meaning of anything in it needs another number. */
export const FORMAT = 1;
const FILE_NAME = "manifest.json";

/** Names become parts of file names and of statements. */
const name = z.string().regex(/^[a-z_][a-z0-9_]{0,62}$/);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.number().int().nonnegative();

const schema = z.object({
  format: z.literal(FORMAT),
  /** The version of Cheeseshop that made it. */
  program: z.string(),
  /** The version of the PostgreSQL that it was taken from. */
  postgres: z.string(),
  takenAt: z.iso.datetime(),
  /** The catalogue that was backed up; a restored one has an id of its own. */
  catalogue: z.string(),
  /** What the server's key makes of the catalogue's id: tells whether a key is the same without showing it. */
  keyFingerprint: sha256.nullable(),
  /** What had been applied, in order. */
  migrations: z.array(z.object({ name: z.string(), checksum: sha256 })),
  tables: z.array(z.object({ name, columns: z.array(name), rows: count, bytes: count, sha256 })),
  sequences: z.array(z.object({ name, value: z.number().int(), isCalled: z.boolean() })),
  /** Of the files that belong to it; `left out` were known to be lost or deleted. */
  blobs: z.object({ count, bytes: count, leftOut: count }),
});

export type Manifest = Readonly<z.infer<typeof schema>>;
export type TableFile = Manifest["tables"][number];
export type SequenceValue = Manifest["sequences"][number];

export function writeManifest(folder: string, manifest: Manifest): Promise<void> {
  return writeDurably(join(folder, FILE_NAME), `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Throws BackupUnusable for one that is missing, damaged, or of a newer release. */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, FILE_NAME);
  const text = await readIfThere(path);
  if (text === undefined) throw new BackupUnusable(`${path} is missing: this is not a whole backup`);
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (error) {
    throw new BackupUnusable(`${path} is damaged: it is not JSON`, { cause: error });
  }
  const { format, program } = z
    .object({ format: z.number(), program: z.string() })
    .catch({ format: 0, program: "" })
    .parse(read);
  if (format > FORMAT) {
    throw new BackupUnusable(`${path} was made by Cheeseshop ${program}: restore it with that release or a newer one`);
  }
  const parsed = schema.safeParse(read);
  if (parsed.success) return parsed.data;
  const { path: place = [], message = "" } = parsed.error.issues[0] ?? {};
  throw new BackupUnusable(`${path} is damaged: ${place.join(".")}: ${message}`);
}
