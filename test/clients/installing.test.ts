// Installing from an open index with the oldest pip that is looked after, the newest, and uv; and adding with uv, poetry
// and pdm.
import { arch, platform } from "node:process";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildSdist, buildWheel } from "../support/distributions.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { eventually } from "../support/server-process.ts";
import { type Clients, createClients, describeClients } from "./clients.ts";
import { type Installer, install, installers } from "./installers.ts";
import { makeApplication, makeBuiltProject, upload } from "./project-folder.ts";

const machine = arch === "arm64" ? "aarch64" : "x86_64";
const otherMachine = "s390x";
const plain = buildWheel({ name: "plain" });

const distributions = [
  plain,
  buildWheel({ name: "plain", version: "0.9" }),
  buildSdist({ name: "from-source", version: "1.2", commands: { "from-source": "from_source:main" } }),
  buildWheel({ name: "native", tag: `py3-none-manylinux_2_17_${machine}` }),
  buildWheel({ name: "native", version: "2.0", tag: `py3-none-manylinux_2_17_${otherMachine}` }),
  buildWheel({ name: "Dots.And-Dashes_Capitals" }),
  buildWheel({ name: "unfinished" }),
  buildWheel({ name: "unfinished", version: "2.0rc1" }),
  buildWheel({ name: "picky", requiresPython: ">=3.8" }),
  buildWheel({ name: "picky", version: "2.0", requiresPython: ">=3.99" }),
  buildWheel({ name: "too-new", requiresPython: ">=3.99" }),
  buildWheel({
    name: "with-extras",
    requiresDist: ["Dots.And.Dashes.Capitals>=1", 'unfinished; extra == "more"', 'picky<2; extra == "other"'],
    extras: ["more", "other"],
  }),
] as const;

describeClients("installing", () => {
  let server: RunningServer;
  let clients: Clients;
  beforeAll(async () => {
    server = await startServer();
    clients = createClients();
    const folder = makeBuiltProject(clients.home, distributions);
    const to = { url: server.legacy, user: "__token__", password: server.token };
    const outcome = await upload(clients, "twine", folder, to);
    expect(outcome.code, outcome.text).toBe(0);
  });
  afterAll(async () => {
    await server.stop();
    clients.remove();
  });

  const from = (): readonly string[] => ["--index-url", server.simple];

  const cases: readonly (readonly [what: string, words: readonly string[], installed: Record<string, string>])[] = [
    ["a pure wheel, the newest", ["plain"], { plain: "1.0" }],
    ["an older version", ["plain<1"], { plain: "0.9" }],
    ["an sdist, with a build", ["from-source"], { "from-source": "1.2" }],
    ["a name in another spelling", ["dots-and.DASHES__capitals"], { "dots-and-dashes-capitals": "1.0" }],
    ["no pre-release", ["unfinished"], { unfinished: "1.0" }],
    ["a pre-release that is asked for", ["unfinished==2.0rc1"], { unfinished: "2.0rc1" }],
    ["the release for this Python", ["picky"], { picky: "1.0" }],
    ["what it depends on", ["with-extras"], { "with-extras": "1.0", "dots-and-dashes-capitals": "1.0" }],
    [
      "extras",
      ["with-extras[more,other]"],
      { "with-extras": "1.0", "dots-and-dashes-capitals": "1.0", unfinished: "1.0", picky: "1.0" },
    ],
  ];
  const table = cases.flatMap(([what, words, installed]) =>
    installers.map((installer) => [installer, what, words, installed] as const),
  );
  test.each(table)("%s installs %s", async (installer, _, words, installed) => {
    const outcome = await install(clients, installer, [...from(), ...words]);
    expect(outcome.code, outcome.text).toBe(0);
    expect(outcome.installed).toEqual(installed);
  });

  test.each(installers)("%s installs a pre-release when any will do", async (installer) => {
    const flag = installer === "uv" ? "--prerelease=allow" : "--pre";
    const { installed } = await install(clients, installer, [...from(), flag, "unfinished"]);
    expect(installed).toEqual({ unfinished: "2.0rc1" });
  });

  test.skipIf(platform !== "linux").each(installers)("%s installs a wheel for this machine only", async (installer) => {
    const { installed } = await install(clients, installer, [...from(), "native"]);
    expect(installed).toEqual({ native: "1.0" });
    const other = await install(clients, installer, [...from(), "native==2.0"]);
    expect(other.code).not.toBe(0);
  });

  test.each<readonly [Installer, string]>([
    ["pip 23.2", "Ignored the following versions that require a different python version: 1.0 Requires-Python >=3.99"],
    [
      "newest pip",
      "Ignored the following versions that require a different python version: 1.0 Requires-Python >=3.99",
    ],
    ["uv", "depends on Python>=3.99"],
  ])("%s says when a release is for another Python", async (installer, says) => {
    const { code, text } = await install(clients, installer, [...from(), "too-new"]);
    expect(code).not.toBe(0);
    expect(text).toContain(says);
  });

  test.each(installers)("%s installs by hash, and nothing that has another", async (installer) => {
    const good = clients.writeHomeFile("good.txt", `plain==1.0 --hash=sha256:${plain.sha256}\n`);
    const outcome = await install(clients, installer, [...from(), "--require-hashes", "--requirement", good]);
    expect(outcome.installed, outcome.text).toEqual({ plain: "1.0" });
    const bad = clients.writeHomeFile("bad.txt", `plain==1.0 --hash=sha256:${"0".repeat(64)}\n`);
    const refused = await install(clients, installer, [...from(), "--require-hashes", "--requirement", bad]);
    expect(refused.code).not.toBe(0);
    expect(refused.installed).toEqual({});
  });

  test.each(["pip 23.2", "newest pip"] as const)(
    "%s reads the HTML page where it gets nothing else",
    async (installer) => {
      const page = `${server.simple}plain/?format=application/vnd.pypi.simple.v1%2Bhtml`;
      const headers = { accept: "application/vnd.pypi.simple.v1+json" };
      expect((await fetch(page, { headers })).headers.get("content-type")).toMatch(/html/);
      const outcome = await install(clients, installer, ["--no-index", "--find-links", page, "plain"]);
      expect(outcome.installed, outcome.text).toEqual({ plain: "1.0" });
    },
  );

  test("the newest pip resolves from metadata alone", async () => {
    const mark = server.logLength();
    const words = ["install", "--dry-run", "--ignore-installed", "--quiet", "--report", "-"];
    const { code, text } = await clients.pip([...words, ...from(), "with-extras[more,other]", "plain"]);
    expect(code, text).toBe(0);
    const report: { install: readonly { metadata: { name: string } }[] } = JSON.parse(text);
    expect(report.install.map(({ metadata }) => metadata.name).toSorted()).toEqual([
      "Dots.And-Dashes_Capitals",
      "picky",
      "plain",
      "unfinished",
      "with-extras",
    ]);
    // The log is in order: once this request stands there, all of pip's do.
    await fetch(`${server.url}_health/`);
    await eventually("the log", () => server.requests(mark).some(({ path }) => path === "/_health/"));
    const fetched = server.requests(mark).map(({ path }) => path.replace(/^.*\//, ""));
    expect(fetched.filter((name) => name.endsWith(".metadata"))).toHaveLength(5);
    expect(fetched.filter((name) => /\.(?:whl|gz)$/.test(name))).toEqual([]);
  });

  test.each<readonly [Installer, string]>([
    ["pip 23.2", "No matching distribution found for no-such-project"],
    ["newest pip", "No matching distribution found for no-such-project"],
    ["uv", "no-such-project was not found in the package registry"],
  ])("%s says when there is no such project", async (installer, says) => {
    const { code, text } = await install(clients, installer, [...from(), "no-such-project"]);
    expect(code).not.toBe(0);
    expect(text).toContain(says);
  });

  test("uv adds a dependency, locks it and installs from the lock", async () => {
    const cwd = makeApplication(
      clients.home,
      `[[tool.uv.index]]\nname = "cheese"\nurl = "${server.simple}"\ndefault = true\n`,
    );
    const env = { UV_NO_CONFIG: "0", UV_PYTHON: clients.makeVenv().interpreter };
    const added = await clients.uv(["add", "with-extras[more]"], { cwd, env });
    expect(added.code, added.text).toBe(0);
    expect(added.text).toContain("+ with-extras==1.0");
    const synced = await clients.uv(["sync", "--locked", "--reinstall"], { cwd, env });
    expect(synced.code, synced.text).toBe(0);
    expect(synced.text).toContain("unfinished==1.0");
  });

  test("poetry adds a dependency", async () => {
    const source = `[[tool.poetry.source]]\nname = "cheese"\nurl = "${server.simple}"\npriority = "primary"\n`;
    const cwd = makeApplication(clients.home, `[tool.poetry]\npackage-mode = false\n${source}`);
    const { code, text } = await clients.poetry(["add", "with-extras[more]"], { cwd });
    expect(code, text).toBe(0);
    for (const name of ["with-extras", "dots-and-dashes-capitals", "unfinished"])
      expect(text).toContain(`Installing ${name} (1.0)`);
  });

  test("pdm adds a dependency", async () => {
    const cwd = makeApplication(clients.home, `[[tool.pdm.source]]\nname = "pypi"\nurl = "${server.simple}"\n`);
    const { code, text } = await clients.pdm(["add", "--no-self", "with-extras[more]"], { cwd });
    expect(code, text).toBe(0);
    expect(text).toMatch(/Install unfinished 1\.0 successful/);
  });
});
