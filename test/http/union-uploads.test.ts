// What becomes of uploads where an index consists of others, or stands in front of an upstream.
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { claimNames, getIndex, parseClaim, setVisibility } from "../../src/indexes/index.ts";
import { basic, createTestApp, type TestApp } from "../support/app.ts";
import { buildWheel } from "../support/distributions.ts";
import { makeIndexes } from "../support/factories.ts";
import { type FakeUpstream, startFakeUpstream } from "../support/fake-upstream.ts";

const JSON_TYPE = "application/vnd.pypi.simple.v1+json";

let upstream: FakeUpstream;
let app: TestApp;
let authorization: string;
beforeEach(async () => {
  upstream = await startFakeUpstream();
  app = await createTestApp({ upstream: upstream.url });
  ({ authorization } = await app.makeUploader());
});
afterEach(async () => {
  await app.close();
  await upstream.down();
});

async function filenames(name: string, index = ""): Promise<readonly string[]> {
  const page = await app.get(`${index}/simple/${name}/`, { accept: JSON_TYPE });
  return page.json().files.map(({ filename }: { filename: string }) => filename);
}

async function claim(pattern: string, index = "main"): Promise<void> {
  await claimNames(app.db, (await getIndex(app.db, index)).id, parseClaim(pattern), "ours");
  app.hear({ kind: "everything" });
}

describe("uploads", () => {
  const reject = async (url: string, authorizationOf = authorization) => {
    const { statusCode, statusMessage } = await app.upload(buildWheel({ name: "brie" }), authorizationOf, { url });
    return [statusCode, statusMessage];
  };

  test("to a mirror are refused before a byte is kept", async () => {
    expect(await reject("/i/upstream/legacy/")).toEqual([
      403,
      "The index 'upstream' takes no uploads: it shows another index.",
    ]);
    expect(await app.temporaryFiles()).toEqual([]);
    // Whoever is nobody is told that first.
    expect((await reject("/i/upstream/legacy/", "Basic eDp5"))[0]).toBe(403);
    expect((await reject("/i/upstream/legacy/", "Basic eDp5"))[1]).not.toContain("takes no uploads");
  });

  describe("to a union", () => {
    beforeEach(async () => {
      await makeIndexes(app, [
        { name: "team", kind: "hosted" },
        { name: "later", kind: "hosted" },
        { name: "all", kind: "union", members: ["upstream", "team", "later"] },
        { name: "mirrors", kind: "union", members: ["upstream"] },
      ]);
    });

    test("go to its first hosted source, and show in both", async () => {
      expect(await filenames("brie", "/i/all").catch(() => [])).toEqual([]);
      expect(await reject("/i/all/legacy/")).toEqual([200, "OK"]);
      expect(await filenames("brie", "/i/all")).toEqual(["brie-1.0-py3-none-any.whl"]);
      expect(await filenames("brie", "/i/team")).toEqual(["brie-1.0-py3-none-any.whl"]);
      expect((await app.get("/i/later/simple/brie/")).statusCode).toBe(404);
      expect((await app.get("/i/all/")).body).toContain("1 project.");
      expect((await app.get("/i/all/project/bri/", { accept: "text/html" })).body).toContain(">brie</a>");
    });

    test("are refused where no source takes them", async () => {
      expect(await reject("/i/mirrors/legacy/")).toEqual([
        403,
        "The index 'mirrors' takes no uploads: it has no member that does.",
      ]);
    });

    test("need a token for the union and for the index that takes the file", async () => {
      const { user } = await app.makeUploader();
      const idOf = async (name: string) => (await getIndex(app.db, name)).id;
      const tokenFor = async (...names: string[]) => {
        const { token } = await app.tokens.createToken({
          userId: user.id,
          scope: "account",
          actions: ["read", "upload"],
          indexIds: await Promise.all(names.map(idOf)),
        });
        return basic("__token__", token);
      };
      expect(await reject("/i/all/legacy/", await tokenFor("all"))).toEqual([
        403,
        expect.stringContaining("not valid for index: 'team'"),
      ]);
      expect(await reject("/i/all/legacy/", await tokenFor("team"))).toEqual([
        403,
        expect.stringContaining("not valid for index: 'all'"),
      ]);
      expect(await reject("/i/all/legacy/", await tokenFor("all", "later"))).toEqual([
        403,
        expect.stringContaining("not valid for index: 'team'"),
      ]);
      expect(await reject("/i/all/legacy/", await tokenFor("all", "team"))).toEqual([200, "OK"]);
    });

    test("of a member count as a part of it: what it keeps is asked of no upstream, also in the union", async () => {
      upstream.publish(buildWheel({ name: "brie", version: "9.0" }));
      expect(await filenames("brie", "/i/all")).toEqual(["brie-9.0-py3-none-any.whl"]);
      await app.upload(buildWheel({ name: "brie" }), authorization, { url: "/i/later/legacy/" });
      expect(await filenames("brie", "/i/all")).toEqual(["brie-1.0-py3-none-any.whl"]);
      // The first member that keeps a name answers for it, alone.
      await claim("bri*", "team");
      expect((await app.get("/i/all/simple/brie/")).statusCode).toBe(404);
      expect((await app.get("/i/all/simple/", { accept: JSON_TYPE })).json().projects).toEqual([]);
    });

    test("a private part makes it private", async () => {
      await setVisibility(app.db, "later", true);
      app.hear({ kind: "everything" });
      for (const url of ["/i/all/simple/", "/i/all/simple/brie/", "/i/all/"]) {
        expect([url, (await app.get(url)).statusCode]).toEqual([url, 401]);
      }
      expect((await app.get("/i/team/simple/")).statusCode).toBe(200);
      expect((await app.get("/i/all/simple/", { authorization })).headers["cache-control"]).toBe("private, no-cache");
    });
  });
});

describe("the first upload of a name that the upstream has", () => {
  const claims = () => app.db.selectFrom("name_claims").select(["pattern", "reason"]).execute();
  const alarms = () => app.log.filter(({ level }) => level === "warn").map(({ message }) => message);
  const restart = async (rule: string) => {
    await app.close();
    app = await createTestApp({ upstream: upstream.url, rules: { "upstream-names": rule } });
    ({ authorization } = await app.makeUploader());
  };
  const upload = async (name: string, version = "1.0", url = "/legacy/") => {
    const { statusCode, statusMessage } = await app.upload(buildWheel({ name, version }), authorization, { url });
    return [statusCode, statusMessage];
  };
  beforeEach(() => upstream.publish(buildWheel({ name: "edam", version: "9.0" })));

  test("claim: is taken, claims the name and raises an alarm; later uploads ask nobody", async () => {
    expect(await upload("Edam")).toEqual([200, "OK"]);
    expect(await claims()).toEqual([{ pattern: "edam", reason: "the upstream had this name at the first upload" }]);
    expect(alarms()).toEqual([expect.stringMatching(/^edam is new in main and claimed from now on: the upstream had/)]);
    const asked = upstream.count();
    expect(await upload("edam", "2.0")).toEqual([200, "OK"]);
    expect([upstream.count(), alarms().length]).toEqual([asked, 1]);
  });

  test("a name that the upstream does not have is nobody's concern", async () => {
    expect(await upload("gouda")).toEqual([200, "OK"]);
    expect([await claims(), alarms()]).toEqual([[], []]);
  });

  test("a claimed name is not asked for even then", async () => {
    await claim("eda*");
    expect(await upload("edam")).toEqual([200, "OK"]);
    expect([upstream.count(), alarms()]).toEqual([0, []]);
  });

  test("refuse: is not taken, and nothing is left of it", async () => {
    await restart("refuse");
    expect(await upload("edam")).toEqual([
      403,
      expect.stringContaining("The name 'edam' belongs to a project of the index"),
    ]);
    expect(await upload("gouda")).toEqual([200, "OK"]);
    expect([await claims(), await app.temporaryFiles()]).toEqual([[], []]);
    expect(await filenames("edam")).toEqual(["edam-9.0-py3-none-any.whl"]);
  });

  test("while the upstream cannot say: claim takes and claims it, refuse waits", async () => {
    await upstream.down();
    expect(await upload("gouda")).toEqual([200, "OK"]);
    expect(await claims()).toEqual([{ pattern: "gouda", reason: "the upstream could not be asked" }]);
    await restart("refuse");
    const response = await app.upload(buildWheel({ name: "brie" }), authorization);
    expect([response.statusCode, response.headers["retry-after"]]).toEqual([503, "60"]);
    expect(response.statusMessage).toContain("Whether the name 'brie' is free cannot be told now");
  });

  test("allow: is taken without a question", async () => {
    await restart("allow");
    expect(await upload("edam")).toEqual([200, "OK"]);
    expect([upstream.count(), await claims(), alarms()]).toEqual([0, [], []]);
  });

  test("counts as well for an upload to a member, and not for an index that is in front of none", async () => {
    await makeIndexes(app, [
      { name: "team", kind: "hosted" },
      { name: "alone", kind: "hosted" },
      { name: "all", kind: "union", members: ["team", "upstream"] },
    ]);
    expect(await upload("edam", "1.0", "/i/alone/legacy/")).toEqual([200, "OK"]);
    expect([upstream.count(), await claims()]).toEqual([0, []]);
    expect(await upload("edam", "1.0", "/i/team/legacy/")).toEqual([200, "OK"]);
    expect(await claims()).toHaveLength(1);
  });

  test("a refused upload claims nothing", async () => {
    const broken = await app.upload(buildWheel({ name: "edam" }), authorization, { bytes: Buffer.from("no wheel") });
    expect(broken.statusCode).toBe(400);
    expect([await claims(), alarms()]).toEqual([[], []]);
  });
});
