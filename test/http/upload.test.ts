import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp, uploadRequest } from "../support/app.ts";
import { buildSdist, buildWheel } from "../support/distributions.ts";
import { inject } from "../support/http.ts";

let app: TestApp;
let ada: Awaited<ReturnType<TestApp["makeUploader"]>>;
beforeAll(async () => {
  app = await createTestApp();
  ada = await app.makeUploader("ada");
});
afterAll(() => app.close());

const json = { accept: "application/vnd.pypi.simple.v1+json" };

test("an uploaded wheel is on the simple page, in the JSON and at its address, with its metadata", async () => {
  const wheel = buildWheel({ name: "Brie.Cheese", version: "1.0", requiresPython: ">=3.9" });
  const response = await app.upload(wheel, ada.authorization, {
    fields: { requires_python: ">=3.9", summary: "Soft", metadata_version: "2.1" },
  });
  expect(response.statusCode, response.body).toBe(200);
  expect(response.body).toBe("");

  const page = (await app.get("/simple/brie-cheese/", json)).json();
  expect(page.name).toBe("brie-cheese");
  expect(page.versions).toEqual(["1.0"]);
  const [file] = page.files;
  expect(file).toMatchObject({
    filename: "brie_cheese-1.0-py3-none-any.whl",
    hashes: { sha256: wheel.sha256 },
    "requires-python": ">=3.9",
    size: wheel.bytes.length,
    "upload-time": "2026-05-04T10:00:00.123456Z",
    yanked: false,
  });
  const bytes = await app.get(file.url);
  expect(bytes.statusCode).toBe(200);
  expect(bytes.rawPayload.equals(wheel.bytes)).toBe(true);
  expect(bytes.headers["cache-control"]).toBe("max-age=365000000, immutable, public");
  const metadata = await app.get(`${file.url}.metadata`);
  expect(metadata.body).toBe(wheel.metadata);
  expect(createHash("sha256").update(metadata.rawPayload).digest("hex")).toBe(file["core-metadata"].sha256);

  const project = (await app.get("/pypi/BRIE-cheese/json")).json();
  expect(project.info).toMatchObject({
    name: "Brie.Cheese",
    version: "1.0",
    summary: "Soft",
    requires_python: ">=3.9",
  });
  expect(project.urls[0]).toMatchObject({
    filename: file.filename,
    digests: { sha256: wheel.sha256 },
    packagetype: "bdist_wheel",
  });
  expect(project.urls[0].url).toBe(`http://index.test${file.url}`);
  expect(project.last_serial).toBe(page.meta["_last-serial"]);
});

test("an sdist is published without a metadata sibling", async () => {
  const sdist = buildSdist({ name: "gouda" });
  expect((await app.upload(sdist, ada.authorization)).statusCode).toBe(200);
  const [file] = (await app.get("/simple/gouda/", json)).json().files;
  expect(file["core-metadata"]).toBe(false);
  expect((await app.get(`${file.url}.metadata`)).statusCode).toBe(404);
});

test("the same file again is 200 and changes nothing", async () => {
  const wheel = buildWheel({ name: "again" });
  await app.upload(wheel, ada.authorization);
  const before = (await app.get("/simple/again/")).body;
  const response = await app.upload(wheel, ada.authorization);
  expect([response.statusCode, response.body]).toEqual([200, ""]);
  expect((await app.get("/simple/again/")).body).toBe(before);
});

test("a name that is used never gets other bytes, and both reason and body say so", async () => {
  await app.upload(buildWheel({ name: "taken" }), ada.authorization);
  const other = buildWheel({ name: "taken", summary: "other bytes" });
  const response = await app.upload(other, ada.authorization);
  expect(response.statusCode).toBe(400);
  expect(response.statusMessage).toMatch(
    /^File already exists \('taken-1\.0-py3-none-any\.whl', with blake2_256 hash '/,
  );
  expect(response.body).toBe(response.statusMessage);
  expect(response.body).toContain("Use a new version");
});

test("uv, which prefers JSON, finds the sentence in `code`", async () => {
  const wheel = buildWheel({ name: "for-uv" });
  const response = await app.upload(wheel, ada.authorization, {
    fields: { sha256_digest: "0".repeat(64) },
    accept: "application/json;q=0.9, text/plain;q=0.8, text/html;q=0.7",
  });
  expect(response.json().code).toContain("400 The digest supplied does not match");
});

const wheel = () => buildWheel({ name: "refused", version: "1.0" });
test.each<[string, Parameters<typeof uploadRequest>[1] & object, number, string]>([
  // The name of the part ends early, so that the field comes with a file name.
  [
    "a field sent as a file",
    { fields: { 'summary"; filename="summary.txt': "text" } },
    400,
    "summary: Should not be a tuple.",
  ],
  ["protocol version 2", { fields: { protocol_version: "2" } }, 400, "Unknown protocol version."],
  ["no name", { fields: { name: undefined } }, 400, "'' is an invalid value for Name. Error: This field is required."],
  ["a bad name", { fields: { name: "demo-" } }, 400, "'demo-' is an invalid value for Name."],
  [
    "no filetype",
    { fields: { filetype: undefined } },
    400,
    "Invalid value for filetype. Error: This field is required.",
  ],
  ["an egg", { fields: { filetype: "bdist_egg" } }, 400, "Invalid value for filetype. Error: Use a known file type."],
  ["a wheel without pyversion", { fields: { pyversion: undefined } }, 400, "Invalid value for pyversion."],
  ["no digest", { fields: { sha256_digest: undefined } }, 400, "Error: Include at least one message digest."],
  ["no metadata version", { fields: { metadata_version: undefined } }, 400, "None is not a valid metadata version."],
  ["a version that is none", { fields: { version: "dog" } }, 400, "'dog' is invalid for 'version'."],
  [
    "another version than the file's",
    { fields: { version: "1.1" } },
    400,
    "Version in filename should be '1.1' not '1.0'.",
  ],
  ["another name than the file's", { fields: { name: "other" } }, 400, "Start filename for 'other' with 'other'."],
  ["a wrong digest", { fields: { sha256_digest: "0".repeat(64) } }, 400, "The digest supplied does not match"],
  [
    "a path in the file name",
    { filename: "a/refused-1.0-py3-none-any.whl" },
    400,
    "Cannot upload a file with '/' or '\\' in the name.",
  ],
  [
    "a file name with no known ending",
    { filename: "refused-1.0.tgz" },
    400,
    "Invalid file extension: Use .tar.gz, .whl or .zip",
  ],
  ["an image", { contentType: "image/png" }, 400, "Invalid distribution file."],
  [
    "text instead of a wheel",
    { bytes: Buffer.from("not a zip"), fields: { sha256_digest: undefined, md5_digest: "" } },
    400,
    "Error: Include at least one",
  ],
])("%s is answered", async (_, options, status, text) => {
  const response = await inject(app.listener, uploadRequest(wheel(), { authorization: ada.authorization, ...options }));
  expect(response.statusCode, response.body).toBe(status);
  expect(response.body).toContain(text);
  if (status >= 400) expect(response.statusMessage).toContain(text.slice(0, 60));
  expect(await app.temporaryFiles()).toEqual([]);
});

test("what is not an archive is refused and leaves nothing", async () => {
  const fake = { ...wheel(), name: "fake", filename: "fake-1.0-py3-none-any.whl", bytes: Buffer.from("not a zip") };
  const sha256 = createHash("sha256").update(fake.bytes).digest("hex");
  const response = await app.upload(fake, ada.authorization, { fields: { sha256_digest: sha256 } });
  expect([response.statusCode, response.body]).toEqual([400, "Invalid distribution file. File is not a zipfile"]);
  expect((await app.get("/simple/fake/")).statusCode).toBe(404);
  expect(await app.temporaryFiles()).toEqual([]);
});

test("METADATA of another project is refused, naming both", async () => {
  const stranger = buildWheel({
    name: "stranger",
    metadata: "Metadata-Version: 2.1\nName: someone-else\nVersion: 1.0\n",
  });
  const response = await app.upload(stranger, ada.authorization);
  expect(response.statusCode).toBe(400);
  expect(response.body).toBe("METADATA in the archive names the project 'someone-else', the form 'stranger'.");
});

test.each([
  ["no credentials", undefined, "Invalid or non-existent authentication information."],
  [
    "a password",
    `Basic ${Buffer.from("ada:secret").toString("base64")}`,
    "Username/Password authentication is no longer supported",
  ],
  ["garbage", "Basic %%%", "Invalid or non-existent authentication information."],
  ["a token that is none", `Basic ${Buffer.from("__token__:pypi-x").toString("base64")}`, "Invalid or non-existent"],
])("%s: 403, nothing stored", async (_, authorization, text) => {
  const request = uploadRequest(buildWheel({ name: "nobody" }), {
    ...(authorization !== undefined && { authorization }),
  });
  const response = await inject(app.listener, request);
  expect(response.statusCode).toBe(403);
  expect(response.statusMessage).toContain(text);
  expect(response.headers["www-authenticate"]).toBeUndefined();
  expect((await app.get("/simple/nobody/")).statusCode).toBe(404);
});

test("someone else's project takes no file", async () => {
  await app.upload(buildWheel({ name: "mine" }), ada.authorization);
  const bob = await app.makeUploader("bob");
  const response = await app.upload(buildWheel({ name: "mine", version: "2.0" }), bob.authorization);
  expect(response.statusCode).toBe(403);
  expect(response.statusMessage).toContain("The user 'bob' isn't allowed to upload to project 'mine'.");
});

test.each([
  ["submit", 410, "Project pre-registration is no longer required"],
  ["doc_upload", 410, "Uploading documentation is no longer supported"],
  ["nonsense", 405, "This address takes uploads"],
])(":action=%s is answered %i, in the form or in the query", async (action, status, text) => {
  const form = await inject(app.listener, uploadRequest(wheel(), { fields: { ":action": action } }));
  expect([form.statusCode, form.body]).toEqual([status, expect.stringContaining(text)]);
  const query = await inject(app.listener, { method: "POST", url: `/legacy/?:action=${action}` });
  expect([query.statusCode, query.body]).toEqual([status, expect.stringContaining(text)]);
});

test("the upload address without its slash sends to the absolute address", async () => {
  const response = await inject(app.listener, uploadRequest(wheel(), { url: "/legacy" }));
  expect(response.statusCode).toBe(308);
  expect(response.headers.location).toBe("http://index.test/legacy/");
});

test("a file over the limit is refused with the limit, and other mistakes are reported first", async () => {
  const small = await createTestApp({ rules: { "file-limit": "1MiB" } });
  try {
    const { authorization } = await small.makeUploader();
    const large = buildWheel({ name: "large", padding: 2 * 1024 * 1024 });
    const response = await small.upload(large, authorization);
    expect(response.statusCode).toBe(400);
    expect(response.statusMessage).toContain("File too large. Limit for project 'large' is 1 MB.");
    const bad = await small.upload(large, authorization, { fields: { version: "dog" } });
    expect(bad.statusMessage).toContain("'dog' is invalid for 'version'.");
    expect(await small.temporaryFiles()).toEqual([]);
  } finally {
    await small.close();
  }
});

test("in read-only mode uploads wait and reads go on", async () => {
  const readOnly = await createTestApp({ readOnly: true });
  try {
    const { authorization } = await readOnly.makeUploader();
    const response = await readOnly.upload(wheel(), authorization);
    expect([response.statusCode, response.headers["retry-after"]]).toEqual([503, "60"]);
    expect(response.statusMessage).toBe("Read-only mode: Uploads are temporarily disabled.");
    expect((await readOnly.get("/simple/")).statusCode).toBe(200);
  } finally {
    await readOnly.close();
  }
});

test("with too little space uploads get 503 before a byte is kept, reads go on", async () => {
  const full = await createTestApp({ minFree: Number.MAX_SAFE_INTEGER });
  try {
    const { authorization } = await full.makeUploader();
    const response = await full.upload(wheel(), authorization);
    expect(response.statusCode).toBe(503);
    expect(response.headers["retry-after"]).toBeDefined();
    expect(await full.temporaryFiles()).toEqual([]);
    expect((await full.get("/simple/")).statusCode).toBe(200);
  } finally {
    await full.close();
  }
});

test("a query with a backslash survives the redirect to the normalised name", async () => {
  await app.upload(buildWheel({ name: "Back.Slash" }), ada.authorization);
  const response = await app.get("/simple/Back.Slash/?\\");
  expect([response.statusCode, response.headers.location]).toEqual([301, "/simple/back-slash/?%5C"]);
});
