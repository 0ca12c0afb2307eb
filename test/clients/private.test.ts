// Reading and uploading behind a token or a password: in the address, in netrc, in a keyring and in the environment.
import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { buildWheel } from "../support/distributions.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { eventually } from "../support/server-process.ts";
import { type Clients, createClients, describeClients, type RunOptions } from "./clients.ts";
import { type Installer, install, installers } from "./installers.ts";
import { makeApplication, makeBuiltProject, upload, uploaders } from "./project-folder.ts";

const WRONG = "pypi-AgEIcHlwaS5vcmc";
/** The user of the htpasswd file, whose password has what an address must escape. */
const ANNA = { user: "anna", password: "gr@y & cheddar/1" } as const;

describeClients("behind a token", () => {
  let server: RunningServer;
  let clients: Clients;
  let readToken: string;
  beforeAll(async () => {
    clients = createClients();
    const digest = createHash("sha1").update(ANNA.password).digest("base64");
    const htpasswd = clients.writeHomeFile("htpasswd", `${ANNA.user}:{SHA}${digest}\n`);
    server = await startServer({ flags: ["--private", "--htpasswd", htpasswd] });
    const folder = makeBuiltProject(clients.home, [buildWheel()]);
    const outcome = await upload(clients, "twine", folder, { ...ANNA, url: server.legacy });
    expect(outcome.code, outcome.text).toBe(0);
    readToken = await server.command(["token", "create", "--user", "owner", "--read-only", "--name", "reader"]);
  });
  afterAll(async () => {
    await server.stop();
    clients.remove();
  });
  afterEach(() => clients.writeHomeFile(".netrc", ""));

  const keyringEnv = { PYTHON_KEYRING_BACKEND: "file_keyring.FileKeyring", PYTHONPATH: import.meta.dirname };

  interface Way {
    readonly words: () => readonly string[] | Promise<readonly string[]>;
    readonly options?: RunOptions;
  }
  const at = (user: string, password: string) => ["--index-url", server.withPassword(server.simple, user, password)];
  const fromNetrc = (user: string, password: string) => {
    clients.writeHomeFile(".netrc", `machine 127.0.0.1 login ${user} password ${password}\n`);
    return ["--index-url", server.simple];
  };
  const ways: Readonly<Record<string, Way>> = {
    "a token in the address": { words: () => at("__token__", server.token) },
    "a token that may only read": { words: () => at("__token__", readToken) },
    "a user and a password in the address": { words: () => at(ANNA.user, ANNA.password) },
    "a token in netrc": { words: () => fromNetrc("__token__", readToken) },
    "a token in a keyring": {
      words: async () => {
        const stdin = `${readToken}\n`;
        const kept = await clients.keyring(["set", server.simple, "__token__"], { env: keyringEnv, stdin });
        expect(kept.code, kept.text).toBe(0);
        const url = server.simple.replace("://", "://__token__@");
        return ["--keyring-provider", "subprocess", "--index-url", url];
      },
      options: { env: keyringEnv },
    },
  };
  const table = Object.entries(ways).flatMap(([what, way]) =>
    installers.map((installer) => [installer, what, way] as const),
  );
  test.each(table)("%s installs with %s", async (installer, _, { words, options }) => {
    const outcome = await install(clients, installer, [...(await words()), "demo"], options);
    expect(outcome.code, outcome.text).toBe(0);
    expect(outcome.installed).toEqual({ demo: "1.0" });
  });

  /** What pip says of a page that it could not get, it says at -vv only. */
  const complaints: readonly (readonly [Installer, readonly string[], RegExp])[] = [
    ["pip 23.2", ["-vv"], /401 Client Error: The index 'main' is private\./],
    ["newest pip", [], /401 Error, Credentials not correct for /],
    ["newest pip", ["-vv"], /401 Client Error: The index 'main' is private\./],
    ["uv", [], /could not be queried due to a lack of valid authentication credentials \(401 Unauthorized\)/],
  ];
  test.each(complaints)("%s %j with a wrong token fails and says 401", async (installer, more, says) => {
    const mark = server.logLength();
    const outcome = await install(clients, installer, [...at("__token__", WRONG), ...more, "demo"]);
    expect(outcome.code).not.toBe(0);
    expect(outcome.text).toMatch(says);
    expect(outcome.installed).toEqual({});
    await eventually("the log", () => server.requests(mark).length > 0);
    expect(new Set(server.requests(mark).map(({ status }) => status))).toEqual(new Set([401]));
  });

  test("what is not there is 401 too for whoever may not read, and 404 for who may", async () => {
    const none = await install(clients, "uv", ["--index-url", server.simple, "no-such-project"]);
    expect(none.text).toContain("401 Unauthorized");
    const reader = await install(clients, "uv", [...at("__token__", readToken), "no-such-project"]);
    expect(reader.text).toContain("no-such-project was not found in the package registry");
    expect(reader.text).not.toContain("401");
  });

  test("a token that is revoked while the server runs stops working, and uv says 401", async () => {
    const token = await server.command(["token", "create", "--user", "owner", "--name", "short-lived"]);
    const words = [...at("__token__", token), "demo"];
    expect((await install(clients, "uv", words)).code).toBe(0);
    const list = await server.command(["token", "list", "--user", "owner"]);
    const id = /^(\S+) +short-lived /m.exec(list)?.[1] ?? "";
    await server.command(["token", "revoke", id]);
    const authorization = `Basic ${Buffer.from(`__token__:${token}`).toString("base64")}`;
    const before = performance.now();
    await eventually("401", async () => (await fetch(server.simple, { headers: { authorization } })).status === 401);
    expect(performance.now() - before).toBeLessThan(5_000);
    const refused = await install(clients, "uv", words);
    expect(refused.text).toContain("401 Unauthorized");
  });

  test.each(uploaders)("%s uploads with a user and a password of the htpasswd file", async (uploader) => {
    const folder = makeBuiltProject(clients.home, [buildWheel({ name: `of-anna-by-${uploader}` })]);
    const outcome = await upload(clients, uploader, folder, { ...ANNA, url: server.legacy });
    expect(outcome.code, outcome.text).toBe(0);
    const { installed } = await install(clients, "uv", [...at(ANNA.user, ANNA.password), `of-anna-by-${uploader}`]);
    expect(installed).toEqual({ [`of-anna-by-${uploader}`]: "1.0" });
  });

  test("twine is told when the password is wrong", async () => {
    const folder = makeBuiltProject(clients.home, [buildWheel({ name: "guessed" })]);
    const to = { url: server.legacy, user: ANNA.user, password: "brie" };
    const { code, text } = await upload(clients, "twine", folder, to);
    expect(code).toBe(1);
    expect(text).toContain("HTTPError: 403 Forbidden");
  });

  test("uv publishes with a token from the keyring", async () => {
    const folder = makeBuiltProject(clients.home, [buildWheel({ name: "kept-in-keyring" })]);
    const stdin = `${server.token}\n`;
    await clients.keyring(["set", server.legacy, "__token__"], { env: keyringEnv, stdin });
    const words = ["publish", "--publish-url", server.legacy, "-u", "__token__", "--keyring-provider", "subprocess"];
    const { code, text } = await clients.uv(words, { cwd: folder, env: keyringEnv });
    expect(code, text).toBe(0);
  });

  test("uv, poetry and pdm take the token for a named index from the environment", async () => {
    const uvFolder = makeApplication(
      clients.home,
      `[[tool.uv.index]]\nname = "cheese"\nurl = "${server.simple}"\ndefault = true\n`,
    );
    const uv = await clients.uv(["add", "demo"], {
      cwd: uvFolder,
      env: {
        UV_NO_CONFIG: "0",
        UV_PYTHON: clients.makeVenv().interpreter,
        UV_INDEX_CHEESE_USERNAME: "__token__",
        UV_INDEX_CHEESE_PASSWORD: readToken,
      },
    });
    expect(uv.code, uv.text).toBe(0);

    const source = `[[tool.poetry.source]]\nname = "cheese"\nurl = "${server.simple}"\npriority = "primary"\n`;
    const poetryFolder = makeApplication(clients.home, `[tool.poetry]\npackage-mode = false\n${source}`);
    const nobody = await clients.poetry(["add", "demo"], { cwd: poetryFolder });
    expect(nobody.code).not.toBe(0);
    expect(nobody.text).toContain(`Authorization error accessing ${server.simple}demo/`);
    const poetry = await clients.poetry(["add", "demo"], {
      cwd: poetryFolder,
      env: { POETRY_HTTP_BASIC_CHEESE_USERNAME: "__token__", POETRY_HTTP_BASIC_CHEESE_PASSWORD: readToken },
    });
    expect(poetry.code, poetry.text).toBe(0);

    const url = server.simple.replace("://", `://__token__:\${CHEESE_TOKEN}@`);
    const pdmFolder = makeApplication(clients.home, `[[tool.pdm.source]]\nname = "pypi"\nurl = "${url}"\n`);
    const pdm = await clients.pdm(["add", "--no-self", "demo"], { cwd: pdmFolder, env: { CHEESE_TOKEN: readToken } });
    expect(pdm.code, pdm.text).toBe(0);
  });
});
