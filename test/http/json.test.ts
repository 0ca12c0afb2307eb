// The JSON API of projects and releases as twine, mirrors and poetry meet it.
import { createHash } from "node:crypto";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Index } from "../../src/indexes/index.ts";
import { createDigester } from "../../src/platform/crypto/digest.ts";
import { createProjectChanges, type ProjectChanges } from "../../src/projects/index.ts";
import { createTestApp, type TestApp, type UploadOptions } from "../support/app.ts";
import { buildSdist, buildWheel, type Distribution } from "../support/distributions.ts";
import { getIndex } from "../support/factories.ts";

let app: TestApp;
let authorization: string;
let main: Index;
let changes: ProjectChanges;
beforeAll(async () => {
  app = await createTestApp();
  authorization = (await app.makeUploader("ada")).authorization;
  main = await getIndex(app.db);
  changes = createProjectChanges({ db: app.db, clock: app.clock, announce: app.announce });
  await publish(buildWheel({ name: "Brie.Cheese" }));
});
afterAll(() => app.close());

async function publish(distribution: Distribution, fields: UploadOptions["fields"] = {}) {
  const response = await app.upload(distribution, authorization, { fields });
  expect(response.statusCode, response.body).toBe(200);
}
const wheel = (name: string, version = "1.0") => buildWheel({ name, version });
const project = (name: string) => ({ index: main, project: name, actorId: null });
const json = async (path: string) => (await app.get(path)).json();

const cors = {
  "access-control-allow-origin": "*",
  "access-control-allow-headers": "Content-Type, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since",
  "access-control-allow-methods": "GET",
  "access-control-max-age": "86400",
  "access-control-expose-headers": "X-PyPI-Last-Serial",
};

describe.each(["/pypi/brie-cheese/json", "/pypi/brie-cheese/1.0/json"])("%s", (path) => {
  test("has every header, whatever is accepted", async () => {
    for (const accept of ["application/json", "text/html", "*/*", "garbage"]) {
      const response = await app.get(path, { accept });
      expect(response.headers).toMatchObject({
        "content-type": "application/json",
        "cache-control": "max-age=900, public",
        vary: "Accept-Encoding",
        etag: `"${createHash("md5").update(response.rawPayload).digest("base64").slice(0, 22)}"`,
        "x-pypi-last-serial": String(response.json().last_serial),
        "referrer-policy": "origin-when-cross-origin",
        ...cors,
      });
      expect(response.headers["content-security-policy"]).toContain("default-src 'none'");
      expect(response.headers["content-security-policy"]).not.toContain("sandbox");
      for (const absent of ["last-modified", "set-cookie"]) expect(response.headers[absent]).toBeUndefined();
    }
  });

  test("is one resource per coding, and is not sent to who holds it", async () => {
    const plain = await app.get(path);
    const packed = await app.get(path, { "accept-encoding": "gzip" });
    expect(gunzipSync(packed.rawPayload).equals(plain.rawPayload)).toBe(true);
    expect(packed.headers).toMatchObject({ "content-encoding": "gzip", vary: "Accept-Encoding" });
    expect(packed.headers.etag).not.toBe(plain.headers.etag);
    for (const [coding, { headers }] of [["identity", plain] as const, ["gzip", packed] as const]) {
      const held = { "accept-encoding": coding, "if-none-match": `W/${headers.etag}` };
      const response = await app.get(path, held);
      expect([response.statusCode, response.body]).toEqual([304, ""]);
      expect(response.headers).toMatchObject({
        etag: headers.etag,
        vary: "Accept-Encoding",
        "cache-control": "max-age=900, public",
        ...cors,
      });
    }
  });

  test("answers HEAD like GET, and refuses what is no reading", async () => {
    const { date: _, ...expected } = (await app.get(path)).headers;
    const head = await app.request({ method: "HEAD", url: path });
    const { date: __, ...found } = head.headers;
    expect([head.statusCode, head.body, found]).toEqual([200, "", expected]);
    for (const method of ["POST", "PUT", "DELETE"] as const) {
      const response = await app.request({ method, url: path });
      expect([response.statusCode, response.headers.allow]).toEqual([405, "GET, HEAD, OPTIONS"]);
      expect(response.headers["content-type"]).toBe("text/plain; charset=UTF-8");
    }
  });

  test("with a slash at the end is redirected once", async () => {
    const response = await app.get(`${path}/`);
    expect([response.statusCode, response.headers.location]).toEqual([301, path]);
    expect(response.headers).toMatchObject(cors);
  });
});

test.each(["Brie.Cheese", "brie_cheese", "BRIE-CHEESE", "brie._-cheese"])(
  "%s is answered directly, never by a redirect",
  async (name) => {
    const own = await app.get("/pypi/brie-cheese/json");
    for (const path of [`/pypi/${name}/json`, `/pypi/${name}/1.0/json`]) {
      const response = await app.get(path);
      expect(response.statusCode).toBe(200);
      expect(response.json().info.name).toBe("Brie.Cheese");
    }
    expect((await app.get(`/pypi/${name}/json`)).body).toBe(own.body);
  },
);

test.each(["1", "1.0", "1.0.0", "v1.0", "1.0.0.0"])("version %s finds the release 1.0", async (version) => {
  const { info } = await json(`/pypi/brie-cheese/${version}/json`);
  expect(info.version).toBe("1.0");
});

test("what is no name is not taken for a name and a version that were asked for before", async () => {
  expect((await app.get("/pypi/brie-cheese/1%20/json")).statusCode).toBe(200);
  for (const path of ["/pypi/brie-cheese%201/json", "/pypi/brie-cheese%201%20/json"]) {
    expect([path, (await app.get(path)).statusCode]).toEqual([path, 404]);
  }
});

test("every cause of absence is answered with the same 24 bytes", async () => {
  await publish(wheel("sick"));
  await changes.mark(project("sick"), "quarantined");
  await publish(wheel("hollow"));
  await changes.deleteRelease(project("hollow"), "1.0");
  await publish(wheel("half"));
  await publish(wheel("half", "2.0"));
  await changes.quarantineRelease(project("half"), "2.0", true);
  for (const path of [
    "/pypi/nope/json",
    "/pypi/nope/1.0/json",
    "/pypi/brie-cheese/9.9/json",
    "/pypi/brie-cheese/dog/json",
    "/pypi/sick/json",
    "/pypi/sick/1.0/json",
    "/pypi/hollow/json",
    "/pypi/half/2.0/json",
  ]) {
    const response = await app.get(path, { accept: "text/html" });
    expect([response.statusCode, response.body], path).toEqual([404, '{"message": "Not Found"}']);
    expect(response.headers).toMatchObject({ "content-type": "application/json", ...cors });
    expect(response.headers["cache-control"]).toBeUndefined();
    expect(response.headers["x-pypi-last-serial"]).toBeUndefined();
  }
  // The page that installers read stays.
  expect((await app.get("/simple/sick/")).statusCode).toBe(200);
  expect(Object.keys((await json("/pypi/half/json")).releases)).toEqual(["1.0"]);
});

test("keys are sorted at every level, compact, with one newline at the end", async () => {
  const { body } = await app.get("/pypi/brie-cheese/json");
  const parsed = JSON.parse(body);
  expect(Object.keys(parsed)).toEqual(["info", "last_serial", "ownership", "releases", "urls", "vulnerabilities"]);
  expect(body).toBe(`${JSON.stringify(parsed)}\n`);
  for (const object of [parsed.info, parsed.urls[0], parsed.urls[0].digests, parsed.ownership]) {
    expect(Object.keys(object)).toEqual(Object.keys(object).toSorted());
  }
  const release = await json("/pypi/brie-cheese/1.0/json");
  expect(Object.keys(release)).toEqual(["info", "last_serial", "ownership", "urls", "vulnerabilities"]);
});

test("the information of a release is what was uploaded, every key there", async () => {
  await publish(buildWheel({ name: "Full.Name", requiresPython: ">=3.9" }), {
    metadata_version: "2.4",
    summary: "Soft",
    description: "# Brie\n",
    description_content_type: "text/markdown",
    author: "",
    author_email: "a@example.org",
    keywords: "soft,ripe",
    license_expression: "MIT",
    requires_python: ">=3.9",
    requires_dist: ["six", "attrs>=20; extra == 'more'"],
    provides_extra: ["more"],
    classifiers: ["Topic :: Utilities", "Development Status :: 4 - Beta"],
    dynamic: ["Requires-Dist"],
    home_page: "https://example.org/",
  });
  const { info } = await json("/pypi/full-name/json");
  expect(info).toEqual({
    author: null,
    author_email: "a@example.org",
    bugtrack_url: null,
    classifiers: ["Development Status :: 4 - Beta", "Topic :: Utilities"],
    description: "# Brie\n",
    description_content_type: "text/markdown",
    docs_url: null,
    download_url: null,
    downloads: { last_day: -1, last_month: -1, last_week: -1 },
    dynamic: ["Requires-Dist"],
    home_page: "https://example.org/",
    keywords: "soft, ripe",
    license: null,
    license_expression: "MIT",
    license_files: null,
    maintainer: null,
    maintainer_email: null,
    name: "Full.Name",
    package_url: "http://index.test/project/Full.Name/",
    platform: null,
    project_url: "http://index.test/project/Full.Name/",
    project_urls: { Homepage: "https://example.org/" },
    provides_extra: ["more"],
    release_url: "http://index.test/project/Full.Name/1.0/",
    requires_dist: ["six", 'attrs>=20; extra == "more"'],
    requires_python: ">=3.9",
    summary: "Soft",
    version: "1.0",
    yanked: false,
    yanked_reason: null,
  });
});

test("a file is described with all its digests and both times", async () => {
  const sdist = buildSdist({ name: "filed" });
  await publish(sdist, { comment: "fresh" });
  const digester = await createDigester();
  digester.update(sdist.bytes);
  const { blake2b, sha256, md5, size } = digester.finish();
  const { urls, releases } = await json("/pypi/filed/json");
  const path = `${blake2b.slice(0, 2)}/${blake2b.slice(2, 4)}/${blake2b.slice(4)}`;
  expect(urls).toEqual([
    {
      comment_text: "fresh",
      "core-metadata": false,
      digests: { blake2b_256: blake2b, md5, sha256 },
      downloads: -1,
      filename: "filed-1.0.tar.gz",
      has_sig: false,
      md5_digest: md5,
      packagetype: "sdist",
      python_version: "source",
      requires_python: null,
      size,
      upload_time: "2026-05-04T10:00:00",
      upload_time_iso_8601: "2026-05-04T10:00:00.123456Z",
      url: `http://index.test/packages/${path}/filed-1.0.tar.gz`,
      yanked: false,
      yanked_reason: null,
    },
  ]);
  expect(releases).toEqual({ "1.0": urls });
  const [brie] = (await json("/pypi/brie-cheese/json")).urls;
  const [simple] = (await app.get("/simple/brie-cheese/", { accept: "application/vnd.pypi.simple.v1+json" })).json()
    .files;
  expect(brie["core-metadata"]).toEqual(simple["core-metadata"]);
  expect(brie.python_version).toBe("py3");
});

test("versions that look like numbers come in the order of text", async () => {
  const versions = ["10", "2", "1", "0.9", "2024", "2024.1"];
  for (const version of versions) await publish(wheel("numbers", version));
  const { body } = await app.get("/pypi/numbers/json");
  const releases = body.slice(body.indexOf('"releases":'));
  const keys = [...releases.matchAll(/"([\d.]+)":\[\{/g)].map(([, key]) => key);
  expect(keys).toEqual(["0.9", "1", "10", "2", "2024", "2024.1"]);
});

describe("the release that stands for the project", () => {
  const shown = async (name: string) => (await json(`/pypi/${name}/json`)).info.version;

  test("is the highest final one, never a newer pre-release", async () => {
    for (const version of ["1.9", "1.10", "2.0rc1", "1.2"]) await publish(wheel("stable", version));
    expect(await shown("stable")).toBe("1.10");
  });

  test("is the newest pre-release when there is nothing else", async () => {
    for (const version of ["1.0a1", "1.0b2", "1.0.dev1"]) await publish(wheel("early", version));
    expect(await shown("early")).toBe("1.0b2");
  });

  test("moves back when the latest is yanked, and stays when all are", async () => {
    for (const version of ["1.0", "2.0", "3.0a1"]) await publish(wheel("back", version));
    await changes.yank(project("back"), "2.0", "broken");
    expect(await shown("back")).toBe("1.0");
    await changes.yank(project("back"), "1.0", "");
    expect(await shown("back")).toBe("3.0a1");
    await changes.yank(project("back"), "3.0a1", "");
    expect(await shown("back")).toBe("2.0");
    const { info, urls, releases } = await json("/pypi/back/json");
    expect(info).toMatchObject({ yanked: true, yanked_reason: "broken" });
    expect(urls[0]).toMatchObject({ yanked: true, yanked_reason: "broken" });
    expect(releases["1.0"][0]).toMatchObject({ yanked: true, yanked_reason: null });
    await changes.unyank(project("back"), "1.0");
    expect(await shown("back")).toBe("1.0");
    expect((await json("/pypi/back/json")).info).toMatchObject({ yanked: false, yanked_reason: null });
  });

  test("is not one in quarantine", async () => {
    for (const version of ["1.0", "2.0"]) await publish(wheel("held", version));
    await changes.quarantineRelease(project("held"), "2.0", true);
    expect(await shown("held")).toBe("1.0");
  });
});

test("a yank moves the serial of every representation alike", async () => {
  await publish(wheel("serial"));
  const serials = async () => {
    const page = await app.get("/simple/serial/", { accept: "application/vnd.pypi.simple.v1+json" });
    const api = await app.get("/pypi/serial/json");
    return [api.json().last_serial, Number(api.headers["x-pypi-last-serial"]), page.json().meta["_last-serial"]];
  };
  const [before = 0] = await serials();
  await changes.yank(project("serial"), "1.0", "");
  const [after = 0, ...others] = await serials();
  expect(after).toBeGreaterThan(before);
  expect(others).toEqual([after, after]);
});

test("files of a release come by name; a release whose files are gone stays, empty", async () => {
  await publish(buildSdist({ name: "sorted" }));
  await publish(wheel("sorted"));
  await publish(wheel("sorted", "2.0"));
  const names = (files: readonly { filename: string }[]) => files.map(({ filename }) => filename);
  expect(names((await json("/pypi/sorted/1.0/json")).urls)).toEqual([
    "sorted-1.0-py3-none-any.whl",
    "sorted-1.0.tar.gz",
  ]);
  await changes.deleteFile(project("sorted"), "sorted-2.0-py3-none-any.whl");
  const { releases, urls } = await json("/pypi/sorted/json");
  expect(names(releases["1.0"])).toEqual(["sorted-1.0-py3-none-any.whl", "sorted-1.0.tar.gz"]);
  expect([releases["2.0"], urls]).toEqual([[], []]);
});

test("addresses of a project: home page and download first, what only repeats them left out", async () => {
  await publish(wheel("links"), {
    home_page: "https://example.org/",
    download_url: "https://example.org/get",
    project_urls: [
      "Source, https://example.org/s",
      "Home-Page, https://example.org/",
      "DOWNLOAD URL, https://example.org/get",
      "homepage, https://example.org/other",
      "10, https://example.org/ten",
      "9, https://example.org/nine",
    ],
  });
  const { body } = await app.get("/pypi/links/json");
  expect(JSON.parse(body).info.project_urls).toEqual({
    "10": "https://example.org/ten",
    "9": "https://example.org/nine",
    Download: "https://example.org/get",
    Homepage: "https://example.org/",
    Source: "https://example.org/s",
    homepage: "https://example.org/other",
  });
  const keys = /"project_urls":\{(.*?)\}/.exec(body)?.[1]?.match(/"[^"]+":"http/g);
  expect(keys?.map((key) => key.split('"')[1])).toEqual(["10", "9", "Download", "Homepage", "Source", "homepage"]);
  await publish(wheel("linkless"));
  expect((await json("/pypi/linkless/json")).info.project_urls).toBe(null);
});

test("owners come first, then maintainers, each by name", async () => {
  await publish(wheel("shared"));
  const { id } = await app.db
    .selectFrom("projects")
    .select("id")
    .where("normalized_name", "=", "shared")
    .executeTakeFirstOrThrow();
  for (const [username, role] of [
    ["zoe", "owner"],
    ["bob", "maintainer"],
    ["Abe", "maintainer"],
  ] as const) {
    const { user } = await app.makeUploader(username);
    await app.db
      .insertInto("roles")
      .values({ actor_id: user.id, resource_kind: "project", resource_id: id, role })
      .execute();
  }
  expect((await json("/pypi/shared/json")).ownership).toEqual({
    organization: null,
    roles: [
      { role: "Owner", user: "ada" },
      { role: "Owner", user: "zoe" },
      { role: "Maintainer", user: "Abe" },
      { role: "Maintainer", user: "bob" },
    ],
  });
});
