import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type BackupScene, backupScene } from "../../../test/support/backup-of.ts";
import { emptyDatabase } from "../../../test/support/empty-database.ts";
import { fromUrl, runStatement } from "../../../test/support/test-server.ts";

/** A PostgreSQL of the machine, whose superuser may make roles. Another one than the tests' own, and usually older. */
const OTHER_SERVER = process.env["CHEESESHOP_TEST_OTHER_POSTGRES"] ?? "postgresql://postgres@127.0.0.1:5432/postgres";
const server = fromUrl(OTHER_SERVER);
const isThere = await runStatement(server, "select 1").then(
  () => true,
  () => false,
);
if (!isThere) {
  console.warn(
    `SKIPPED: restoring as an ordinary owner, because no PostgreSQL answers at ${server.host}:${server.port}.`,
  );
}

let scene: BackupScene;
beforeAll(async () => {
  scene = await backupScene();
});
afterAll(() => scene.remove());

test.skipIf(!isThere)("the owner of a database restores into it and backs it up, without further rights", async () => {
  const owner = { user: `test_owner_${randomBytes(4).toString("hex")}`, password: randomBytes(9).toString("hex") };
  await runStatement(server, `create role ${owner.user} login password '${owner.password}'`);
  const database = await emptyDatabase(server, owner);
  const { place, targetDisk, end } = await scene.setUp();
  try {
    const { rows } = await database.pool.query(
      "select rolsuper or rolcreaterole or rolbypassrls as powerful from pg_roles where rolname = current_user",
    );
    expect(rows).toEqual([{ powerful: false }]);
    const first = await place.backUp(scene.source.pool, scene.disk.store);
    await place.restore(database.pool, targetDisk.store);
    const second = await place.backUp(database.pool, targetDisk.store);

    expect(second.copied.count).toBe(0);
    expect(second.manifest.sequences).toEqual(first.manifest.sequences);
    // The same rows, to the byte, on whatever version; only the catalogue has got a new id.
    const rest = ({ manifest }: typeof first) => manifest.tables.filter(({ name }) => name !== "catalogue");
    expect(rest(second)).toEqual(rest(first));
    expect(second.manifest.postgres).not.toBe("");
  } finally {
    await end();
    await database.drop();
    await runStatement(server, `drop role ${owner.user}`);
  }
});
