import { createHash, randomUUID } from "node:crypto";
import { sql } from "kysely";
import { createBlobRegister } from "../../src/files/index.ts";
import {
  createIndex,
  emptyMetadata,
  findIndex,
  type Index,
  type IndexRequest,
  type IndexState,
  type ReleaseMetadata,
} from "../../src/indexes/index.ts";
import type { Db } from "../../src/platform/db/pool.ts";
import type { BytesRegister, Publication, StoredBytes, Uploader } from "../../src/projects/index.ts";

/** A user's actor, enough to hold roles and upload. */
export async function makeUser(db: Db, username = `user-${randomUUID().slice(0, 8)}`): Promise<Uploader> {
  const { rows } = await sql<{ id: string }>`
    with actor as (insert into actors (kind) values ('user') returning id)
    insert into users (actor_id, username) select id, ${username} from actor returning actor_id as id`.execute(db);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error("no user was made");
  return { id, username };
}

export async function makeIndex(db: Db, name: string, isPrivate = false): Promise<IndexState> {
  await sql`insert into indexes (name, kind, is_private) values (${name}, 'hosted', ${isPrivate})`.execute(db);
  return getIndex(db, name);
}

/** Indexes as the command makes them, one after the other; the program hears of it. */
export async function makeIndexes(
  app: { readonly db: Db; hear(change: { readonly kind: "everything" }): void },
  requests: readonly (Pick<IndexRequest, "name" | "kind"> & { readonly members?: readonly string[] })[],
): Promise<void> {
  for (const request of requests) {
    const rest = { isPrivate: false, isVolatile: false, keepDevelopmentReleases: null, members: [] };
    await createIndex(app.db, { ...rest, ...request });
  }
  app.hear({ kind: "everything" });
}

export async function getIndex(db: Db, name = "main"): Promise<IndexState> {
  const index = await findIndex(db, name);
  if (index === undefined) throw new Error(`no index ${name}`);
  return index;
}

/** Digests as if these bytes had been stored. BLAKE2b is stood in for by a SHA-256 of something else: only equality counts. */
export function fakeBytes(content: string): StoredBytes {
  const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("hex");
  return {
    blake2b: hash("sha256", `blake2b ${content}`),
    sha256: hash("sha256", content),
    md5: hash("md5", content),
    size: content.length,
  };
}

/** Writes the rows of bytes that nobody stored. */
export const fakeBytesRegister: BytesRegister = {
  ...createBlobRegister({ stat: async () => undefined }),
  mustBeThere: async () => {},
};

export function makeMetadata(overrides: Partial<ReleaseMetadata> = {}): ReleaseMetadata {
  return { ...emptyMetadata, ...overrides };
}

/** A publication of a wheel, or of an sdist when `packagetype` says so, with content of its own. */
export function makePublication(
  index: Index,
  uploader: Uploader,
  options: {
    name?: string;
    version?: string;
    packagetype?: "sdist" | "bdist_wheel";
    content?: string;
    filename?: string;
    metadata?: Partial<ReleaseMetadata>;
  } = {},
): Publication {
  const { name = "brie", version = "1.0", packagetype = "bdist_wheel" } = options;
  const stem = `${name.toLowerCase().replace(/[-_.]+/g, "_")}-${version}`;
  const filename = options.filename ?? (packagetype === "sdist" ? `${stem}.tar.gz` : `${stem}-py3-none-any.whl`);
  return {
    index,
    uploader,
    displayName: name,
    version,
    metadata: makeMetadata(options.metadata),
    metadataReceived: { name: [name], version: [version] },
    file: {
      ...fakeBytes(options.content ?? `bytes of ${filename}`),
      filename,
      packagetype,
      pythonVersion: packagetype === "sdist" ? "source" : "py3",
      comment: null,
    },
    metadataFile: packagetype === "sdist" ? null : fakeBytes(`metadata of ${filename}`),
    uploadedVia: "test",
  };
}
