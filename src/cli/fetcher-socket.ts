import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { openSocketFolder } from "../platform/db/embedded/home.ts";
import { errorCode } from "../platform/storage/errors.ts";

const NAME = /^fetcher-(\d+)\.sock$/;

/** Where the fetcher of the server with this process number listens. Removes what killed servers left beside it. */
export async function placeFetcherSocket(dataDir: string, pid: number): Promise<string> {
  const folder = await openSocketFolder(dataDir);
  for (const name of await readdir(folder)) {
    const owner = Number(NAME.exec(name)?.[1] ?? pid);
    if (owner !== pid && !isRunning(owner)) await rm(join(folder, name), { force: true });
  }
  return join(folder, `fetcher-${pid}.sock`);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === "EPERM";
  }
}
