import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { measuredPlans, wheelsOf } from "../catalogue.ts";
import { freePort, start } from "../processes.ts";
import { openProgress } from "../progress.ts";
import { uploadTo } from "../uploads/form.ts";
import { isThere } from "./debian.ts";
import type { PythonPeer } from "./python.ts";
import { simpleAddress, type Target } from "./target.ts";

const PASSWORD = "benchmark";

export interface Devpi extends Target {
  /** The index that uploads go to. */
  readonly url: string;
  /** For uploads: with the token that signing in gives, since checking a password costs a tenth of a second. */
  readonly authorization: string;
}

/** An empty one. */
export async function startDevpi(peer: PythonPeer, name: string, folder: string): Promise<Devpi> {
  await promisify(execFile)(peer.program("devpi-init"), [
    ...["--serverdir", folder, "--no-root-pypi", "--root-passwd", PASSWORD],
  ]);
  const devpi = await serve(peer, name, folder);
  const response = await fetch(devpi.url, {
    method: "PUT",
    headers: { Authorization: devpi.authorization, "Content-Type": "application/json" },
    body: JSON.stringify({ type: "stage", bases: [] }),
  });
  if (!response.ok) throw new Error(`devpi makes no index: ${await response.text()}`);
  return devpi;
}

/** One with the projects that are measured. It is filled by uploading, once. */
export async function startFilledDevpi(peer: PythonPeer, folder: string): Promise<Devpi> {
  const complete = join(folder, "complete");
  if (!(await isThere(complete))) {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    const empty = await startDevpi(peer, "devpi to be filled", folder);
    const wheels = measuredPlans.reduce((sum, plan) => sum + plan.releases * plan.wheels, 0);
    const progress = openProgress("filling devpi by uploading", wheels);
    for (const plan of measuredPlans) {
      for (const wheel of wheelsOf(plan)) {
        await uploadTo({ url: empty.url, authorization: empty.authorization }, wheel);
        progress.step();
      }
    }
    progress.finish();
    await empty.stop();
    await writeFile(complete, "");
  }
  return serve(peer, "devpi", folder);
}

async function serve({ program }: PythonPeer, name: string, folder: string): Promise<Devpi> {
  const port = await freePort();
  const root = `http://127.0.0.1:${port}/`;
  const running = start(name, program("devpi-server"), [
    ...["--serverdir", folder, "--host", "127.0.0.1", "--port", String(port)],
  ]);
  const startUp = await running.answering(`${root}+api`);
  const url = `${root}root/dev/`;
  return {
    name,
    url,
    authorization: await signIn(root),
    roots: [running.pid],
    startUp,
    isSlow: true,
    address: (subject) => simpleAddress(`${url}+simple/`, subject),
    stop: () => running.stop(),
  };
}

async function signIn(root: string): Promise<string> {
  const response = await fetch(`${root}+login`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ user: "root", password: PASSWORD }),
  });
  const { result } = (await response.json()) as { result: { password: string } };
  return `Basic ${Buffer.from(`root:${result.password}`).toString("base64")}`;
}
