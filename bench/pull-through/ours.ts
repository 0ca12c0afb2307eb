import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../places.ts";
import { freePort, type Started, start } from "../processes.ts";
import { uploadTo } from "../uploads/form.ts";
import { cpuOf } from "../usage.ts";
import { app } from "./uv.ts";

export interface InFront {
  /** Its simple index. */
  readonly simple: string;
  /** Seconds since the command. */
  age(): number;
  /** Seconds of CPU of all its processes so far. */
  cpu(): number;
  stop(): Promise<void>;
}

/** `npm start -- --upstream …` on an empty folder, and the private wheel uploaded. */
export async function startInFront(
  data: string,
  upstream: string,
  surroundings: Readonly<Record<string, string>>,
): Promise<InFront> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const words = ["--prefix", ROOT, "start", "--", "--data", data, "--port", String(port)];
  // As `--upstream pip` would find it; in the environment, since it may hold a password.
  const began = performance.now();
  const server: Started = start("pull-through", "npm", words, { ...surroundings, CHEESESHOP_UPSTREAM: upstream });
  await server.answering(`${url}simple/`);
  const token = (await readFile(join(data, "owner-token"), "utf8")).trim();
  const authorization = `Basic ${Buffer.from(`__token__:${token}`).toString("base64")}`;
  await uploadTo({ url: `${url}legacy/`, authorization }, app);
  return {
    simple: `${url}simple/`,
    age: () => (performance.now() - began) / 1000,
    cpu: () => cpuOf([server.pid]),
    stop: () => server.stop(),
  };
}
