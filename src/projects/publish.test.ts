import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TemporaryDatabase, temporaryDatabase } from "../../test/support/database.ts";
import { fakeBytesRegister, getIndex, makeIndex, makePublication, makeUser } from "../../test/support/factories.ts";
import { createPublish, type Publication, readProjectPage } from "./index.ts";

let database: TemporaryDatabase;
beforeAll(async () => {
  database = await temporaryDatabase();
});
afterAll(() => database.drop());

let now = Temporal.Instant.from("2026-05-04T10:00:00.123456Z");

function createService(rules: { nameSimilarity?: boolean; uploadWindowDays?: number } = {}, bytes = fakeBytesRegister) {
  return createPublish({
    db: database.db,
    clock: { now: () => now },
    rules: { nameSimilarity: rules.nameSimilarity ?? false, uploadWindowDays: rules.uploadWindowDays },
    help: (anchor) => `http://index.test/help/#${anchor}`,
    newId: randomUUID,
    bytes,
    announce: async () => {},
  });
}

const page = async (publication: Publication) => {
  const read = await readProjectPage(database.db, publication.index.id, publication.displayName.toLowerCase());
  if (read === undefined) throw new Error("no page");
  return read;
};

test("the first upload makes the project, its owner and the release, with four journal lines", async () => {
  const index = await makeIndex(database.db, "first");
  const ada = await makeUser(database.db, "ada");
  const publication = makePublication(index, ada, { name: "Brie", metadata: { requiresPython: ">=3.9" } });
  expect(await createService().publish(publication)).toBe("published");
  const shown = await page(publication);
  expect(shown).toMatchObject({
    name: "brie",
    displayName: "Brie",
    status: "active",
    releases: [{ version: "1.0", isYanked: false, requiresPython: ">=3.9" }],
    files: [{ filename: "brie-1.0-py3-none-any.whl", uploadedAt: "2026-05-04T10:00:00.123456Z", pythonVersion: "py3" }],
    roles: [{ user: "ada", role: "owner" }],
  });
  const lines = await database.db
    .selectFrom("journal")
    .select(["serial", "action", "version"])
    .where("index_id", "=", index.id)
    .orderBy("serial")
    .execute();
  expect(lines.map(({ action, version }) => [action, version])).toEqual([
    ["create", null],
    ["add Owner ada", null],
    ["new release", "1.0"],
    ["add py3 file brie-1.0-py3-none-any.whl", "1.0"],
  ]);
  expect(shown.serial).toBe(lines.at(-1)?.serial);
  expect((await getIndex(database.db, "first")).lastSerial).toBe(shown.serial);
});

test("the same file again changes nothing", async () => {
  const index = await makeIndex(database.db, "again");
  const publication = makePublication(index, await makeUser(database.db));
  const service = createService();
  await service.publish(publication);
  const before = await page(publication);
  expect(await service.publish(publication)).toBe("unchanged");
  expect(await page(publication)).toEqual(before);
});

test.each([
  [
    "other bytes under a used name",
    { content: "other" },
    /^File already exists \('brie-1\.0-py3-none-any\.whl', with blake2_256 hash/,
  ],
  [
    "the same bytes under another name",
    { version: "2.0", content: "bytes of brie-1.0-py3-none-any.whl" },
    /^File already exists \('brie-2\.0-py3-none-any\.whl'.*listed as 'brie-1\.0-py3-none-any\.whl'/,
  ],
])("%s are refused", async (_, change, message) => {
  const index = await makeIndex(database.db, `refused-${String(message).length}`);
  const ada = await makeUser(database.db);
  const service = createService();
  await service.publish(makePublication(index, ada));
  await expect(service.publish(makePublication(index, ada, change))).rejects.toThrow(message);
});

test("twenty simultaneous uploads of one name with different bytes: exactly one wins", async () => {
  const index = await makeIndex(database.db, "race");
  const ada = await makeUser(database.db);
  const service = createService();
  const outcomes = await Promise.allSettled(
    Array.from({ length: 20 }, (_, n) => service.publish(makePublication(index, ada, { content: `bytes ${n}` }))),
  );
  expect(outcomes.filter((outcome) => outcome.status === "fulfilled").map(({ value }) => value)).toEqual(["published"]);
  for (const outcome of outcomes) {
    if (outcome.status === "rejected") expect(String(outcome.reason)).toContain("File already exists");
  }
  expect((await page(makePublication(index, ada))).files).toHaveLength(1);
});

test("twenty simultaneous uploads make one new project, with all their releases in order", async () => {
  const index = await makeIndex(database.db, "new-race");
  const ada = await makeUser(database.db);
  const service = createService();
  const versions = Array.from({ length: 20 }, (_, n) => `1.${n}`);
  const publications = versions.map((version) => makePublication(index, ada, { version }));
  const outcomes = await Promise.all(publications.toReversed().map((one) => service.publish(one)));
  expect(new Set(outcomes)).toEqual(new Set(["published"]));
  expect((await page(makePublication(index, ada))).releases.map((release) => release.version)).toEqual(versions);
});

test("a project that is made between the look for its lock and the look at it is locked before it is written to", async () => {
  const index = await makeIndex(database.db, "between");
  const ada = await makeUser(database.db);
  const publication = makePublication(index, ada);
  let attempts = 0;
  const counted = {
    ...fakeBytesRegister,
    hold(...bytes: Parameters<typeof fakeBytesRegister.hold>) {
      attempts++;
      return fakeBytesRegister.hold(...bytes);
    },
  };
  const other = await database.pool.connect();
  try {
    // The look at the project reads roles, the look for its lock does not.
    await other.query("begin; lock table roles in access exclusive mode");
    const publishing = createService({}, counted).publish(publication);
    const waits = "select from pg_locks where not granted and relation = 'roles'::regclass";
    while ((await other.query(waits)).rowCount === 0) await new Promise(setImmediate);
    const made = await other.query(
      `insert into projects (index_id, name, normalized_name, ultra_name, created_at) values ($1, 'brie', 'brie', 'brie', now()) returning id`,
      [index.id],
    );
    await other.query(
      "insert into roles (actor_id, resource_kind, resource_id, role) values ($1, 'project', $2, 'owner')",
      [ada.id, made.rows[0].id],
    );
    await other.query("commit");
    expect(await publishing).toBe("published");
    expect(attempts).toBe(2);
  } finally {
    other.release();
  }
});

test("simultaneous uploads of the same file are all told that it is there", async () => {
  const index = await makeIndex(database.db, "same-race");
  const publication = makePublication(index, await makeUser(database.db));
  const service = createService();
  const outcomes = await Promise.all(Array.from({ length: 8 }, () => service.publish(publication)));
  expect(outcomes.filter((outcome) => outcome === "published")).toHaveLength(1);
});

test("someone without a role is refused by name", async () => {
  const index = await makeIndex(database.db, "roles");
  const service = createService();
  await service.publish(makePublication(index, await makeUser(database.db)));
  const bob = await makeUser(database.db, "bob");
  await expect(service.publish(makePublication(index, bob, { version: "2.0" }))).rejects.toThrow(
    /^The user 'bob' isn't allowed to upload to project 'brie'\./,
  );
});

test("releases stand in version order, whatever order they came in", async () => {
  const index = await makeIndex(database.db, "order");
  const ada = await makeUser(database.db);
  const service = createService();
  for (const version of ["1.10", "1.9", "2.0rc1", "0.1", "2.0"]) {
    await service.publish(makePublication(index, ada, { version }));
  }
  const shown = await page(makePublication(index, ada));
  expect(shown.releases.map((release) => release.version)).toEqual(["0.1", "1.9", "1.10", "2.0rc1", "2.0"]);
  expect(shown.files.map((file) => file.version)).toEqual(["0.1", "1.9", "1.10", "2.0rc1", "2.0"]);
});

test("1.0.0 is the release 1.0, which takes one sdist", async () => {
  const index = await makeIndex(database.db, "sdists");
  const ada = await makeUser(database.db);
  const service = createService();
  await service.publish(makePublication(index, ada, { packagetype: "sdist" }));
  await service.publish(makePublication(index, ada, { version: "1.0.0" }));
  expect((await page(makePublication(index, ada))).releases.map((release) => release.version)).toEqual(["1.0"]);
  await expect(
    service.publish(makePublication(index, ada, { version: "1.0.0", packagetype: "sdist" })),
  ).rejects.toThrow("Only one sdist may be uploaded per release.");
});

test("with an upload window, an old release takes no new file but the same one still gets its answer", async () => {
  const index = await makeIndex(database.db, "window");
  const ada = await makeUser(database.db);
  const service = createService({ uploadWindowDays: 14 });
  const publication = makePublication(index, ada);
  const start = now;
  await service.publish(publication);
  now = start.add({ hours: 24 * 15 });
  await expect(service.publish(makePublication(index, ada, { packagetype: "sdist" }))).rejects.toThrow(
    "releases older than 14 days",
  );
  expect(await service.publish(publication)).toBe("unchanged");
  now = start;
});

test.each(["t0asting", "toast-ing", "toastlng"])("with name-similarity, %s is too close to toasting", async (name) => {
  const index = await makeIndex(database.db, `similar-${name}`);
  const ada = await makeUser(database.db);
  const service = createService({ nameSimilarity: true });
  await service.publish(makePublication(index, ada, { name: "toasting" }));
  await expect(service.publish(makePublication(index, ada, { name }))).rejects.toThrow("too similar");
});

test("an upload with another spelling of the name renames the project", async () => {
  const index = await makeIndex(database.db, "renamed");
  const ada = await makeUser(database.db);
  const service = createService();
  await service.publish(makePublication(index, ada, { name: "brie" }));
  await service.publish(makePublication(index, ada, { name: "BRIE", version: "2.0" }));
  expect((await page(makePublication(index, ada))).displayName).toBe("BRIE");
});
