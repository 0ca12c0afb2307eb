import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { fakeBytesRegister, makeIndex, makePublication, makeUser } from "../../test/support/factories.ts";
import type { Index } from "../indexes/index.ts";
import { applyChange, listChanges, type State } from "../journal/index.ts";
import {
  createProjectChanges,
  createPublish,
  findReleaseMetadata,
  readProjectPage,
  rebuildPage,
  type Uploader,
} from "./index.ts";

let database: TemporaryDatabase;
let ada: Uploader;
beforeAll(async () => {
  database = await temporaryDatabase();
  ada = await makeUser(database.db, "ada");
});
afterAll(() => database.drop());

const clock = { now: () => Temporal.Instant.from("2026-05-04T10:00:00Z") };
const versions = ["1.0", "1.1", "2.0rc1"] as const;
const version = fc.constantFrom(...versions);

/** One act of a maintainer, by name. Acts on what is not there are refused and change nothing. */
const act = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("upload" as const),
      version,
      isSdist: fc.boolean(),
      spelling: fc.constantFrom("brie", "Brie"),
    }),
  },
  fc.record({ do: fc.constant("yank" as const), version, reason: fc.constantFrom("", "broken <b>", "späte Reue") }),
  fc.record({ do: fc.constant("unyank" as const), version }),
  fc.record({ do: fc.constant("quarantine release" as const), version, isQuarantined: fc.boolean() }),
  fc.record({ do: fc.constant("delete release" as const), version }),
  fc.record({ do: fc.constant("delete file" as const), version, isSdist: fc.boolean() }),
  fc.record({
    do: fc.constantFrom("mark", "unmark"),
    status: fc.constantFrom("archived", "quarantined", "deprecated"),
  }),
  fc.record({ do: fc.constant("delete project" as const) }),
);
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

async function perform(index: Index, one: Act, nth: number): Promise<unknown> {
  const publish = createPublish({
    db: database.db,
    clock,
    rules: { nameSimilarity: false, uploadWindowDays: undefined },
    help: (anchor) => anchor,
    newId: randomUUID,
    bytes: fakeBytesRegister,
    announce: async () => {},
  });
  const changes = createProjectChanges({ db: database.db, clock, announce: async () => {} });
  const target = { index, project: "brie", actorId: ada.id };
  switch (one.do) {
    case "upload":
      await publish.publish(
        makePublication(index, ada, {
          name: one.spelling,
          version: one.version,
          packagetype: one.isSdist ? "sdist" : "bdist_wheel",
          content: `content ${nth}`,
          metadata: { summary: `summary ${nth}`, description: "# Brie\n", requiresPython: nth % 2 ? ">=3.9" : null },
        }),
      );
      return;
    case "yank":
      return changes.yank(target, one.version, one.reason);
    case "unyank":
      return changes.unyank(target, one.version);
    case "quarantine release":
      return changes.quarantineRelease(target, one.version, one.isQuarantined);
    case "delete release":
      return changes.deleteRelease(target, one.version);
    case "delete file":
      return changes.deleteFile(target, `brie-${one.version}${one.isSdist ? ".tar.gz" : "-py3-none-any.whl"}`);
    case "mark":
      return changes.mark(target, one.status, one.status === "deprecated" ? "use camembert" : undefined);
    case "unmark":
      return changes.unmark(target, one.status);
    case "delete project":
      return changes.deleteProject(target);
  }
}

/** What the rows say of brie: its page and every release's core metadata. */
async function readRows(index: Index) {
  const page = await readProjectPage(database.db, index.id, "brie");
  if (page === undefined) return undefined;
  const metadata = new Map();
  for (const release of page.releases) {
    metadata.set(release.version, await findReleaseMetadata(database.db, index.id, "brie", release.version));
  }
  return { page, metadata };
}

test("a project's page at any serial can be rebuilt from the journal alone", async () => {
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 1, maxLength: 14 }), async (acts) => {
      const index = await makeIndex(database.db, `journal-${runs++}`);
      const seen: { serial: number; rows: Awaited<ReturnType<typeof readRows>> }[] = [];
      for (const [nth, one] of acts.entries()) {
        const { serial: before } = await lastSerial(index);
        const isChanged = await perform(index, one, nth).catch((error: { status?: number }) => {
          if (error.status === undefined) throw error;
          return false;
        });
        const { serial } = await lastSerial(index);
        const rows = await readRows(index);
        if (one.do !== "upload") expect(isChanged).toBe(serial !== before);
        if (serial !== before) seen.push({ serial, rows });
        else expect(rows).toEqual(seen.at(-1)?.rows);
      }
      const lines = await listChanges(database.db, index.id, "brie", Number.MAX_SAFE_INTEGER);
      for (const { serial, rows } of seen) {
        let state: State = new Map();
        for (const line of lines) if (line.serial <= serial) state = applyChange(state, line.change);
        expect(rebuildPage("brie", serial, state)).toEqual(rows);
      }
    }),
    { numRuns: 40 },
  );
});

async function lastSerial(index: Index): Promise<{ serial: number }> {
  return database.db
    .selectFrom("indexes")
    .select("last_serial as serial")
    .where("id", "=", index.id)
    .executeTakeFirstOrThrow();
}

test("serials are given in the order of commits", async () => {
  const index = await makeIndex(database.db, "commits");
  const seen: number[] = [];
  // A reader that polls like a mirror: whatever appears later must have a higher serial than all it saw before.
  let isDone = false;
  const reader = (async () => {
    let highest = 0;
    while (!isDone) {
      const rows = await database.db
        .selectFrom("journal")
        .select("serial")
        .where("index_id", "=", index.id)
        .orderBy("serial")
        .execute();
      const fresh = rows.map((row) => row.serial).filter((serial) => !seen.includes(serial));
      for (const serial of fresh) {
        expect(serial).toBeGreaterThan(highest);
        seen.push(serial);
      }
      highest = Math.max(highest, ...fresh);
    }
  })();
  await Promise.all(
    Array.from({ length: 24 }, (_, n) =>
      perform(
        index,
        { do: "upload", version: versions[n % 3] ?? "1.0", isSdist: n % 2 === 0, spelling: "brie" },
        n,
      ).catch(() => {}),
    ),
  );
  isDone = true;
  await reader;
  expect(seen.length).toBeGreaterThan(0);
});
