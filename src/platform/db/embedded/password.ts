import { randomBytes } from "node:crypto";
import { link, open, readFile, rm } from "node:fs/promises";
import { DataFolderUnusable } from "./errors.ts";
import { giveLikeFolder } from "./owner.ts";

/** The database's password. Made on the first call; of several programs that try at once, one wins and all get its password. */
export async function ensurePassword(file: string): Promise<string> {
  const known = await readPassword(file);
  if (known) return known;
  const unfinished = `${file}.new-${process.pid}`;
  await rm(unfinished, { force: true });
  const handle = await open(unfinished, "wx", 0o600);
  try {
    await handle.writeFile(randomBytes(24).toString("base64url"));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await giveLikeFolder(unfinished);
  await link(unfinished, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await rm(unfinished);
  return readFile(file, "utf8");
}

/** Undefined when no password was made yet. Throws DataFolderUnusable when it is another user's. */
export async function readPassword(file: string): Promise<string | undefined> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    if (error.code !== "EACCES") throw error;
    throw new DataFolderUnusable(`${file} may not be read: run this as the user who runs the server`, { cause: error });
  });
}
