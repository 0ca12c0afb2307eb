import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { connectToRunningEmbedded } from "../../src/platform/db/embedded/index.ts";
import { build } from "../../test/support/server-process.ts";
import { ROOT, SCRATCH } from "../places.ts";
import { freePort, start } from "../processes.ts";
import { commandOf, treeOf } from "../usage.ts";
import { simpleAddress, subjects, type Target } from "./target.ts";

export const PROGRAM = join(ROOT, "dist", "main.js");

export interface Ours extends Target {
  /** Ends with a slash. */
  readonly url: string;
  readonly data: string;
  readonly port: number;
}

/** Means nothing to who asks it directly. */
const BEHIND_NGINX = ["--nginx"];

interface OursOptions {
  readonly name: string;
  readonly data: string;
  readonly workers?: number;
  /** Whether an nginx will stand in front. */
  readonly isBehindNginx?: boolean;
  /** For the worker's profile. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Our server with the embedded database. The processes of the database count as its own. */
export async function startOurs({
  name,
  data,
  workers = 1,
  isBehindNginx = false,
  env = {},
}: OursOptions): Promise<Ours> {
  build();
  return launch({
    name,
    data,
    words: ["--data", data, "--workers", String(workers), ...(isBehindNginx ? BEHIND_NGINX : [])],
    env,
    others: [],
  });
}

/** A second server on the database and files of the first, with more workers. The database counts as its own, too. */
export async function startBeside(first: Ours, name: string, workers: number): Promise<Ours> {
  const connection = await connectToRunningEmbedded(first.data);
  if (connection === undefined) throw new Error(`${first.name} has no database`);
  const { host, port, user, password, database } = connection;
  const files = join(first.data, "files");
  const data = join(SCRATCH, "beside");
  return launch({
    name,
    data: first.data,
    words: ["--data", data, "--files", files, "--workers", String(workers), ...BEHIND_NGINX],
    env: {
      CHEESESHOP_DATABASE_URL: `postgresql://${user}:${password}@${encodeURIComponent(host)}:${port}/${database}`,
      CHEESESHOP_SECRET_KEY: (await readFile(join(first.data, "secrets", "key"), "utf8")).trim(),
    },
    others: first.roots.flatMap(treeOf).filter(isPostmaster),
  });
}

interface Launch {
  readonly name: string;
  readonly data: string;
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly others: readonly number[];
}

async function launch({ name, data, words, env, others }: Launch): Promise<Ours> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const process_ = start(name, process.execPath, [PROGRAM, ...words, "--port", String(port)], env);
  const startUp = await process_.answering(`${url}simple/`);
  return {
    name,
    url,
    data,
    port,
    startUp,
    roots: [process_.pid, ...others],
    isSlow: false,
    address: async (subject) =>
      subject === "json" ? `${url}pypi/${subjects.json.project}/json` : simpleAddress(`${url}simple/`, subject),
    stop: () => process_.stop(),
  };
}

/** The one process of a database that the others descend from. */
export function isPostmaster(pid: number, _at: number, all: readonly number[]): boolean {
  if (commandOf(pid) !== "postgres") return false;
  return !all.some((other) => other !== pid && commandOf(other) === "postgres" && treeOf(other).includes(pid));
}
