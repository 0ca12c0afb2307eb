// Installing a private wheel and what it needs from the index that this machine's pip is configured for, through a server in
// front of it: cold, warm, and when the upstream is switched off.
import { rmSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { buildWheel } from "../support/distributions.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { makeDataFolder } from "../support/server-process.ts";
import { type Clients, createClients, describeClients } from "./clients.ts";
import { install, installers } from "./installers.ts";
import { makeBuiltProject, upload } from "./project-folder.ts";

/** With what these need in turn about two dozen projects, most of them pure. */
const NEEDED = ["requests", "flask", "rich", "httpx", "attrs", "jsonschema"];
const app = buildWheel({ name: "acme-private-app", requiresDist: NEEDED });
/** What everybody who resolves the list ends up with, whatever was released meanwhile. */
const EXPECTED = [
  ...NEEDED,
  "acme-private-app",
  "certifi",
  "idna",
  "jinja2",
  "markupsafe",
  "pygments",
  "urllib3",
  "werkzeug",
];

describeClients("in front of the index that pip is configured for", () => {
  let problem: string | undefined;
  let server: RunningServer;
  let clients: Clients;
  let data: string;

  beforeAll(async () => {
    problem = await findProblem();
    if (problem !== undefined) {
      process.stderr.write(`\nSKIPPED: installing through a server in front of pip's index, because ${problem}\n\n`);
      return;
    }
    data = await makeDataFolder();
    clients = createClients();
    server = await startServer({ data, flags: ["--upstream", "pip", "--workers", "2"] });
    const folder = makeBuiltProject(clients.home, [app]);
    const to = { url: server.legacy, user: "__token__", password: server.token };
    const outcome = await upload(clients, "twine", folder, to);
    expect(outcome.code, outcome.text).toBe(0);
  });
  afterAll(async () => {
    if (problem !== undefined) return;
    await server.stop();
    clients.remove();
    rmSync(dirname(data), { recursive: true, force: true });
  });

  const expectInstalled = async (installer: (typeof installers)[number]) => {
    const outcome = await install(clients, installer, ["--index-url", server.simple, "acme-private-app"]);
    expect(outcome.code, outcome.text).toBe(0);
    expect(Object.keys(outcome.installed)).toEqual(expect.arrayContaining(EXPECTED));
    return outcome.installed;
  };

  test("a private wheel and its public needs, cold, warm and without the upstream", async ({ skip }) => {
    skip(problem !== undefined);
    const cold = await expectInstalled("uv");
    const mark = server.logLength();
    expect(await expectInstalled("uv")).toEqual(cold);
    expect(server.requests(mark).filter(({ status }) => status >= 400)).toEqual([]);
    // pip asks for other projects' pages in another form, and for the same files.
    expect(await expectInstalled("newest pip")).toEqual(cold);
    expect(await expectInstalled("pip 23.2")).toEqual(cold);

    await server.stop();
    server = await startServer({ data, flags: ["--offline"] });
    for (const installer of installers) expect(await expectInstalled(installer)).toEqual(cold);

    const unknown = await fetch(`${server.simple}surely-nobody-asked-for-this/`);
    expect([unknown.status, unknown.headers.has("retry-after")]).toEqual([503, true]);
  });
});

/** Why there is no upstream to try this with, from a server that was told to stand in front of it. */
async function findProblem(): Promise<string | undefined> {
  let server: RunningServer;
  try {
    server = await startServer({ flags: ["--upstream", "pip"] });
  } catch (error) {
    return `a server with --upstream pip does not start: ${error instanceof Error ? error.message.slice(0, 300) : error}`;
  }
  try {
    const { status } = await fetch(`${server.simple}requests/`);
    return status === 200 ? undefined : `it answers ${status} for the page of a well-known project`;
  } finally {
    await server.stop();
  }
}
