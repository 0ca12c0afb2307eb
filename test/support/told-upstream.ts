// An upstream without a network: a test tells what it answers next, and looks at the rows that come of it.
import { createHash } from "node:crypto";
import { sql } from "kysely";
import type { Source } from "../../src/indexes/index.ts";
import { findPage } from "../../src/mirror/page-queries.ts";
import { createRefresh } from "../../src/mirror/refresh.ts";
import type { PageAnswer, Validators } from "../../src/mirror/upstream-client.ts";
import type { ListedFile, UpstreamPage } from "../../src/mirror/upstream-page.ts";
import { type NormalizedName, normalizeName } from "../../src/packaging-standards/index.ts";
import type { Db } from "../../src/platform/db/pool.ts";
import { recordingLog } from "./log.ts";

export const brie = normalizeName("brie");
export const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const seconds = (count: number) => Temporal.Duration.from({ seconds: count });

/** A file as an upstream may list it: of brie 1.0, with all that can be said but provenance. */
export function listedFile(overrides: Partial<ListedFile> = {}): ListedFile {
  const filename = overrides.filename ?? "brie-1.0-py3-none-any.whl";
  return {
    filename,
    url: `https://files.test/${filename}`,
    hashes: { sha256: sha256(filename) },
    size: 1000,
    uploadedAt: "2026-01-02T03:04:05.000600Z",
    requiresPython: ">=3.9",
    isYanked: false,
    yankedReason: "",
    hasMetadata: true,
    metadataSha256: sha256(`metadata of ${filename}`),
    provenance: null,
    ...overrides,
  };
}

/** Brie's page, with one file unless told. */
export function pageAnswer(overrides: Partial<UpstreamPage> = {}, validators: Partial<Validators> = {}): PageAnswer {
  return {
    kind: "page",
    page: {
      displayName: "Brie",
      serial: null,
      status: "active",
      statusReason: null,
      files: [listedFile()],
      ...overrides,
    },
    validators: { etag: '"1"', lastModified: null, ...validators },
  };
}

export type ToldUpstream = Awaited<ReturnType<typeof tellUpstream>>;

let mirrors = 0;

/** A new mirror. Pages are fresh for ten minutes, absence is remembered for one. */
export async function tellUpstream(db: Db) {
  const name = `told-${++mirrors}`;
  const { rows } = await sql<{ id: string }>`
    insert into indexes (name, kind) values (${name}, 'mirror') returning id`.execute(db);
  const source: Source = { id: rows[0]?.id ?? "", name, kind: "mirror" };
  const { log, lines } = recordingLog();
  const asked: Validators[] = [];
  const answers: (PageAnswer | Error)[] = [];
  let now = Temporal.Instant.from("2026-05-04T10:00:00.123456Z");

  async function nextAnswer(): Promise<PageAnswer> {
    const answer = answers.shift();
    if (answer === undefined) throw new Error("nobody expected another question");
    if (answer instanceof Error) throw answer;
    return answer;
  }

  /** One of the processes that talk to upstreams. */
  function makeRefresh(answer: () => Promise<PageAnswer> = nextAnswer) {
    const getPage = (_: NormalizedName, known: Validators) => {
      asked.push(known);
      return answer();
    };
    const { refreshProject } = createRefresh({
      db,
      clock: { now: () => now },
      log,
      clientOf: () => ({ getPage }),
      freshFor: seconds(600),
      absentFor: seconds(60),
    });
    return (project: NormalizedName = brie) => refreshProject(source, project);
  }

  const known = () => findPage(db, { indexId: source.id, name: brie });

  return {
    source,
    /** What the log was told. */
    lines,
    /** What each question carried. */
    asked: asked as readonly Validators[],
    now: () => now,
    passTime: (count: number) => {
      now = now.add(seconds(count));
    },
    /** What the upstream answers next, in order. */
    willAnswer: (...next: (PageAnswer | Error)[]) => void answers.push(...next),
    makeRefresh,
    /** Asks again for each answer, when what is known has expired. */
    async hear(...next: (PageAnswer | Error)[]): Promise<void> {
      for (const answer of next) {
        answers.splice(0, answers.length, answer);
        now = now.add(seconds(3600));
        await makeRefresh()();
      }
    },
    known,
    files: async () => (await known())?.files.map(({ filename }) => filename),
    async journal() {
      const { rows: entries } = await sql<{ serial: number; name: string; action: string; change: object }>`
        select serial, name, action, change, project_id from journal where index_id = ${source.id} order by serial`.execute(
        db,
      );
      return entries;
    },
  };
}
