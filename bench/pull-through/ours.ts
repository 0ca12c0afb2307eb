import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createIndex } from "../../src/indexes/index.ts";
import { setUpstream } from "../../src/mirror/index.ts";
import { connectToRunningEmbedded } from "../../src/platform/db/embedded/index.ts";
import { createDb, createPool } from "../../src/platform/db/pool.ts";
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
  /** One more mirror of the upstream, which knows nothing yet. Returns its simple index. */
  addMirror(name: string): Promise<string>;
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
    async addMirror(name) {
      await makeMirror(data, name, upstream);
      return `${url}i/${name}/simple/`;
    },
    stop: () => server.stop(),
  };
}

/** As `cheeseshop index create` does it, without starting a program. */
async function makeMirror(data: string, name: string, upstream: string): Promise<void> {
  const connection = await connectToRunningEmbedded(data);
  if (connection === undefined) throw new Error("the server has no database");
  const pool = createPool(connection, { max: 1 });
  try {
    await createDb(pool)
      .transaction()
      .execute(async (trx) => {
        const settings = { isPrivate: false, isVolatile: false, keepDevelopmentReleases: null, members: [] };
        const { id } = await createIndex(trx, { name, kind: "mirror", ...settings });
        await setUpstream(trx, id, upstream);
      });
  } finally {
    await pool.end();
  }
}
