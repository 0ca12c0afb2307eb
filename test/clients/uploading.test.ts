// Uploading with twine, uv, poetry and pdm: what works, and what each of them shows of a refusal.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildSdist, buildWheel, type Distribution } from "../support/distributions.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { type Clients, createClients, describeClients } from "./clients.ts";
import { makeBuiltProject, type Upload, type Uploader, unpackSdist, upload, uploaders } from "./project-folder.ts";

describeClients("uploading", () => {
  let server: RunningServer;
  let clients: Clients;
  beforeAll(async () => {
    server = await startServer({ flags: ["--rule", "file-limit=1MB"] });
    clients = createClients();
  });
  afterAll(async () => {
    await server.stop();
    clients.remove();
  });

  const withToken = (url = server.legacy): Upload => ({ url, user: "__token__", password: server.token });

  /** The bytes that the index gives for a file, found through the project's page. */
  async function downloaded(project: string, filename: string): Promise<Buffer> {
    const accept = "application/vnd.pypi.simple.v1+json";
    const page = await fetch(`${server.simple}${project}/`, { headers: { accept } });
    const { files }: { files: readonly { filename: string; url: string }[] } = JSON.parse(await page.text());
    const file = files.find((one) => one.filename === filename);
    if (!file) throw new Error(`${filename} is not on the page`);
    return Buffer.from(await (await fetch(new URL(file.url, page.url))).arrayBuffer());
  }

  async function expectPublished(project: string, { filename, sha256 }: Distribution): Promise<void> {
    const bytes = await downloaded(project, filename);
    expect(createHash("sha256").update(bytes).digest("hex")).toBe(sha256);
  }

  test.each(uploaders)("%s uploads a wheel and an sdist; again is a success, other bytes are not", async (uploader) => {
    const name = `by-${uploader}`;
    const wheel = buildWheel({ name, requiresPython: ">=3.9", licenseFiles: { LICENSE: "Free" } });
    const sdist = buildSdist({ name, requiresPython: ">=3.9", licenseFiles: { LICENSE: "Free" } });
    const folder = makeBuiltProject(clients.home, [wheel, sdist]);
    for (const time of ["first", "second"]) {
      const outcome = await upload(clients, uploader, folder, withToken());
      expect(outcome.code, `${time}: ${outcome.text}`).toBe(0);
    }
    await expectPublished(name, wheel);
    await expectPublished(name, sdist);

    const other = makeBuiltProject(clients.home, [buildWheel({ name, summary: "Other bytes" })]);
    const refused = await upload(clients, uploader, other, withToken());
    expect(refused.code).not.toBe(0);
    expect(refused.text).toContain(`File already exists ('${wheel.filename}', with blake2_256 hash '`);
    expect(refused.text).toContain("Use a new version; a file name never gets other bytes.");
    await expectPublished(name, wheel);
  });

  const builders: readonly [Uploader, (cwd: string) => ReturnType<Clients["uv"]>][] = [
    ["uv", (cwd) => clients.uv(["build", "--wheel"], { cwd })],
    ["poetry", (cwd) => clients.poetry(["build", "--format", "wheel"], { cwd })],
    ["pdm", (cwd) => clients.pdm(["build", "--no-sdist"], { cwd })],
  ];
  test.each(builders)("what %s built itself is uploaded by it", async (uploader, build) => {
    const name = `built-by-${uploader}`;
    const folder = unpackSdist(clients.home, buildSdist({ name, requiresPython: ">=3.9" }));
    const built = await build(folder);
    expect(built.code, built.text).toBe(0);
    const { code, text } = await upload(clients, uploader, folder, withToken());
    expect(code, text).toBe(0);
    const bytes = await downloaded(name, `built_by_${uploader}-1.0-py3-none-any.whl`);
    expect(bytes.subarray(0, 2).toString()).toBe("PK");
  });

  test("twine uploads to a repository named in .pypirc", async () => {
    const wheel = buildWheel({ name: "from-pypirc" });
    const folder = makeBuiltProject(clients.home, [wheel]);
    const path = clients.writeHomeFile(
      ".pypirc",
      `[distutils]\nindex-servers = cheeseshop\n\n[cheeseshop]\nrepository = ${server.legacy}\nusername = __token__\npassword = ${server.token}\n`,
    );
    const outcome = await clients.twine(["upload", "--config-file", path, "-r", "cheeseshop", "dist/*"], {
      cwd: folder,
    });
    expect(outcome.code, outcome.text).toBe(0);
    await expectPublished("from-pypirc", wheel);
  });

  test("twine finds the token in the keyring, and everything in the environment", async () => {
    const cwd = makeBuiltProject(clients.home, [buildWheel({ name: "by-keyring" })]);
    const env = { PYTHON_KEYRING_BACKEND: "file_keyring.FileKeyring", PYTHONPATH: import.meta.dirname };
    await clients.keyring(["set", server.legacy, "__token__"], { env, stdin: `${server.token}\n` });
    const words = ["upload", "--repository-url", server.legacy, "-u", "__token__", "dist/*"];
    const kept = await clients.twine(words, { cwd, env });
    expect(kept.code, kept.text).toBe(0);
    const told = await clients.twine(["upload", "dist/*"], {
      cwd,
      env: { TWINE_REPOSITORY_URL: server.legacy, TWINE_USERNAME: "__token__", TWINE_PASSWORD: server.token },
    });
    expect(told.code, told.text).toBe(0);
  });

  test("poetry and pdm pass over files that are there if told so, uv over the same ones", async () => {
    const wheel = buildWheel({ name: "passed-over" });
    const cwd = makeBuiltProject(clients.home, [wheel]);
    expect((await upload(clients, "uv", cwd, withToken())).code).toBe(0);
    const other = makeBuiltProject(clients.home, [buildWheel({ name: "passed-over", summary: "Other bytes" })]);
    const { legacy, simple, token } = server;
    const poetry = await clients.poetry(["publish", "--skip-existing", "-r", "cheeseshop"], {
      cwd: other,
      env: { POETRY_REPOSITORIES_CHEESESHOP_URL: legacy, POETRY_PYPI_TOKEN_CHEESESHOP: token },
    });
    expect([poetry.code, poetry.text]).toEqual([0, expect.stringContaining("File exists. Skipping")]);
    const pdm = await clients.pdm(["publish", "--no-build", "--skip-existing"], {
      cwd: other,
      env: { PDM_PUBLISH_REPO: legacy, PDM_PUBLISH_USERNAME: "__token__", PDM_PUBLISH_PASSWORD: token },
    });
    expect([pdm.code, pdm.text]).toEqual([0, expect.stringContaining("it appears to already exist")]);
    const words = ["publish", "--check-url", simple];
    const env = { UV_PUBLISH_URL: legacy, UV_PUBLISH_TOKEN: token };
    const same = await clients.uv(words, { cwd, env });
    expect([same.code, same.text]).toEqual([0, expect.stringContaining("already exists, skipping")]);
    const differs = await clients.uv(words, { cwd: other, env });
    expect([differs.code, differs.text]).toEqual([
      2,
      expect.stringContaining("Local file and index file do not match"),
    ]);
    await expectPublished("passed-over", wheel);
  });

  // twine and pdm do not follow a redirect of a POST, whatever it says.
  test.each<readonly [Uploader, number, string]>([
    ["twine", 1, "Your repository URL is missing a trailing slash. Please add it and try again."],
    ["uv", 0, "Uploading"],
    ["poetry", 0, "Uploading"],
    ["pdm", 1, "An upload was attempted to /legacy but the expected upload URL is /legacy/ (with a trailing slash)"],
  ])("%s without the last slash ends with %d", async (uploader, code, says) => {
    const name = `no-slash-${uploader}`;
    const folder = makeBuiltProject(clients.home, [buildWheel({ name })]);
    const outcome = await upload(clients, uploader, folder, withToken(server.legacy.slice(0, -1)));
    expect(outcome.code, outcome.text).toBe(code);
    expect(outcome.text).toContain(says);
    expect((await fetch(`${server.simple}${name}/`)).status).toBe(code === 0 ? 200 : 404);
  });

  interface Mistake {
    readonly what: string;
    readonly wheel?: Distribution;
    readonly to?: Partial<Upload> | (() => Partial<Upload> | Promise<Partial<Upload>>);
    /** What every client shows, as it is. */
    readonly says: string | RegExp;
  }
  const tokens = new Map<string, Promise<string>>();
  /** A token of that name, made when it is first asked for. */
  async function newToken(name: string, ...words: readonly string[]) {
    const made = tokens.get(name) ?? server.command(["token", "create", "--user", "owner", "--name", name, ...words]);
    tokens.set(name, made);
    return { password: await made };
  }
  const mistakes: readonly Mistake[] = [
    {
      what: "a token that is none",
      to: { password: "pypi-AgEIcHlwaS5vcmc" },
      says: "Invalid or non-existent authentication information.",
    },
    {
      what: "a user name instead of __token__",
      to: { user: "owner" },
      says: "The user name is __token__ and the password is the token.",
    },
    {
      what: "a token that may only read",
      to: () => newToken("laptop", "--read-only"),
      says: /Invalid API Token: token is not valid for action: 'upload'.* The token is named 'laptop'\./,
    },
    {
      what: "a token of another project",
      to: () => newToken("robot", "--project", "by-twine"),
      says: /Invalid API Token: project-scoped token is not valid for project: 'mistaken'.* The token is named 'robot'\./,
    },
    { what: "the address that is for installing", to: () => ({ url: server.simple }), says: "Uploads go to " },
    { what: "the address of the server", to: () => ({ url: server.url }), says: "Uploads go to " },
    {
      what: "an index that is not there",
      to: () => ({ url: `${server.url}i/nope/legacy/` }),
      says: "There is no index named nope on this server.",
    },
    {
      what: "a version that is another in the file name",
      wheel: {
        ...buildWheel({ name: "mistaken", metadata: buildWheel({ name: "mistaken", version: "1.1" }).metadata }),
      },
      says: "Version in filename should be '1.1' not '1.0'.",
    },
    {
      what: "a file over the limit",
      wheel: buildWheel({ name: "mistaken", padding: 1_100_000 }),
      says: "File too large. Limit for project 'mistaken' is 1 MB.",
    },
    {
      what: "a wheel for a platform that nobody has",
      wheel: { ...buildWheel({ name: "mistaken" }), filename: "mistaken-1.0-py3-none-amiga.whl" },
      says: "Binary wheel 'mistaken-1.0-py3-none-amiga.whl' has an unsupported platform tag 'amiga'.",
    },
  ];
  const table = mistakes.flatMap((mistake) => uploaders.map((uploader) => [mistake.what, uploader, mistake] as const));
  test.each(table)(
    "%s: %s shows the message",
    async (_, uploader, { wheel = buildWheel({ name: "mistaken" }), to, says }) => {
      const folder = makeBuiltProject(clients.home, [wheel]);
      const outcome = await upload(clients, uploader, folder, {
        ...withToken(),
        ...(typeof to === "function" ? await to() : to),
      });
      expect(outcome.code).not.toBe(0);
      expect(outcome.text).toMatch(says);
      expect((await fetch(`${server.simple}mistaken/`)).status).toBe(404);
    },
  );

  test("nothing that was refused is left in the log as an error", () => {
    expect(server.process.stderr).not.toMatch(/"level":"(?:error|warn)"/);
  });
});
