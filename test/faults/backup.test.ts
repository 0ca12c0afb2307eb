// Backup of a server that is being uploaded to, and a restore that is killed again and again.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { basic, uploadRequest } from "../support/app.ts";
import { buildWheel } from "../support/distributions.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { makeDataFolder, runCommand, ServerProcess } from "../support/server-process.ts";

const JSON_PAGES = { accept: "application/vnd.pypi.simple.v1+json" };
/** Milliseconds after which a restore is killed: making the database, migrating, copying, nearly done. */
const KILLED_AFTER = [200, 700, 1200, 1700, 2200, 2700, 3200];

async function upload(server: RunningServer, name: string, version: string): Promise<void> {
  const wheel = buildWheel({ name, version, padding: 20_000 });
  const { method, headers, payload } = uploadRequest(wheel, { authorization: basic("__token__", server.token) });
  const { "content-length": _, ...rest } = headers;
  const response = await fetch(server.legacy, { method, headers: rest, body: new Uint8Array(payload) });
  if (response.status !== 200) throw new Error(`${name} ${version}: ${response.status} ${await response.text()}`);
}

interface SimplePage {
  readonly files: readonly {
    readonly filename: string;
    readonly url: string;
    readonly hashes: { readonly sha256: string };
  }[];
}

async function readPage(server: RunningServer, name: string): Promise<SimplePage> {
  const response = await fetch(`${server.simple}${name}/`, { headers: JSON_PAGES });
  return response.status === 404 ? { files: [] } : response.json();
}

async function digestOf(server: RunningServer, url: string): Promise<string> {
  const bytes = await (await fetch(new URL(url, server.url))).arrayBuffer();
  return Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
}

test("a server backs up while it takes uploads; a restore survives being killed, and everything is there", async () => {
  const scratch = await mkdtemp(join(tmpdir(), "cheeseshop-backup-"));
  const data = await makeDataFolder();
  const backups = join(scratch, "backups");
  const server = await startServer();
  try {
    for (let minor = 0; minor < 20; minor++) await upload(server, "brie", `1.${minor}`);
    let isDone = false;
    const uploads = (async () => {
      let minor = 0;
      for (; !isDone; minor++) await upload(server, "edam", `1.${minor}`);
      return minor;
    })();
    expect(await server.command(["backup", backups])).toMatch(/It holds the key/);
    isDone = true;
    expect(await uploads).toBeGreaterThan(0);
    expect(await server.command(["fsck", "--deep"])).toMatch(/no problems/);
    expect((await runCommand(["restore", backups, "--data", server.data])).code).toBe(1);

    for (const delay of KILLED_AFTER) {
      const restore = new ServerProcess(["restore", backups, "--data", data]);
      await Promise.race([setTimeout(delay), restore.ended]);
      restore.kill("SIGKILL");
      if ((await restore.ended).signal === null) break;
    }
    const last = await runCommand(["restore", backups, "--data", data]);
    const isRestored = last.code === 0 || /is not empty/.test(last.stderr);
    expect(last, "restored now, or just before it was to be killed").toSatisfy(() => isRestored);
    expect(await runCommand(["fsck", "--deep", "--data", data])).toMatchObject({ code: 0 });

    const { token } = server;
    const restored = await startRestored(data, token);
    try {
      const before = await readPage(server, "brie");
      expect(before.files).toHaveLength(20);
      expect((await readPage(restored, "brie")).files).toEqual(before.files);
      const [theirs, ours] = [(await readPage(server, "edam")).files, (await readPage(restored, "edam")).files];
      expect(ours).toEqual(theirs.slice(0, ours.length));
      for (const { url, hashes } of [...before.files, ...ours])
        expect(await digestOf(restored, url)).toBe(hashes.sha256);
      // The token of before the backup.
      await upload(restored, "taleggio", "1.0");
      expect((await readPage(restored, "taleggio")).files).toHaveLength(1);
    } finally {
      await restored.stop();
    }
  } finally {
    await server.stop();
    await rm(scratch, { recursive: true });
    await rm(dirname(data), { recursive: true, force: true });
  }
});

/** A restored folder has no owner-token: the owner has the token already. */
async function startRestored(data: string, token: string): Promise<RunningServer> {
  const { writeFile } = await import("node:fs/promises");
  await writeFile(join(data, "owner-token"), token);
  return startServer({ data });
}
