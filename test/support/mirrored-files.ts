// Mirrors and what they know of files, as if an upstream had been asked; and an upstream that sends what a test tells it to.
import { createHash } from "node:crypto";
import { PassThrough } from "node:stream";
import { sql } from "kysely";
import type { Source } from "../../src/indexes/index.ts";
import { UpstreamTrouble } from "../../src/mirror/errors.ts";
import type { UpstreamClient } from "../../src/mirror/upstream-client.ts";
import type { Db } from "../../src/platform/db/pool.ts";

/** An index that mirrors what answers at `url`. */
export async function makeMirror(db: Db, name: string, url = "http://upstream.test/simple/"): Promise<Source> {
  const { rows } = await sql<{ id: string }>`
    with made as (insert into indexes (name, kind) values (${name}, 'mirror') returning id)
    insert into upstreams (index_id, url) select id, ${url} from made returning index_id as id`.execute(db);
  const id = rows[0]?.id;
  if (id === undefined) throw new Error("no mirror was made");
  return { id, name, kind: "mirror" };
}

export interface MirroredFileInput {
  readonly filename: string;
  readonly project?: string;
  readonly version?: string;
  readonly url?: string;
  readonly sha256?: string | null;
  readonly otherHashes?: Readonly<Record<string, string>>;
  readonly size?: number | null;
  readonly hasMetadata?: boolean;
  readonly metadataSha256?: string;
  readonly at?: Temporal.Instant;
}

/** Lists a file of the upstream's; returns where it answers here. */
export async function mirrorFile(db: Db, source: Source, input: MirroredFileInput) {
  const { filename, project = "brie", version = "1.0", sha256 = null, size = null, metadataSha256 = null } = input;
  const url = input.url ?? `http://upstream.test/files/${filename}`;
  const address = createHash("sha256").update(`${source.id} ${url}`).digest("hex");
  const at = (input.at ?? Temporal.Instant.from("2026-09-01T10:00:00Z")).toString();
  await sql`
    insert into upstream_projects (index_id, normalized_name, state, display_name, first_seen_at, checked_at, fresh_until)
    values (${source.id}, ${project}, 'found', ${project}, ${at}, ${at}, ${at}) on conflict do nothing`.execute(db);
  await sql`
    insert into upstream_files (index_id, normalized_name, filename, address, version, packagetype, python_version, url, sha256,
      other_hashes, size, has_metadata, metadata_sha256, first_seen_at, is_baseline)
    values (${source.id}, ${project}, ${filename}, decode(${address}, 'hex'), ${version}, 'bdist_wheel', 'py3', ${url},
      decode(${sha256}, 'hex'), ${JSON.stringify(input.otherHashes ?? {})}, ${size}, ${input.hasMetadata ?? false},
      decode(${metadataSha256}, 'hex'), ${at}, true)`.execute(db);
  return { address, filename };
}

/** A client whose files come when and as the test says. */
export function slowUpstream() {
  const opened: { readonly url: string; readonly body: PassThrough }[] = [];
  let announced: number | null = null;
  let trouble: Error | undefined;
  const nothing = async () => {
    throw new UpstreamTrouble("unreachable", "this upstream has files only");
  };
  const client: UpstreamClient = {
    getPage: nothing,
    getReleaseMetadata: nothing,
    getSmallFile: nothing,
    readRange: async () => undefined,
    close: async () => {},
    async openFile(url) {
      if (trouble !== undefined) throw trouble;
      const body = new PassThrough();
      opened.push({ url, body });
      return { size: announced, body };
    },
  };
  return {
    client,
    opened,
    announce(size: number | null): void {
      announced = size;
    },
    fail(error: Error | undefined): void {
      trouble = error;
    },
    /** The body of the latest request for a file. */
    get body(): PassThrough {
      const last = opened.at(-1);
      if (last === undefined) throw new Error("nobody has asked for a file");
      return last.body;
    },
  };
}
