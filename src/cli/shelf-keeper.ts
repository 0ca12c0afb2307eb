// The supervisor's side of the shelf that nginx serves from (platform/shelf): what is on it is taken away before anyone is
// told that it changed.
import { dirname, join } from "node:path";
import type { NormalizedName } from "../packaging-standards/index.ts";
import type { Config } from "../platform/config/resolve.ts";
import type { Log } from "../platform/log/log.ts";
import {
  clearFolder,
  openFolder,
  PASSABLE,
  removeLeftOvers,
  type ShelfFolders,
  shelfFolders,
  takeAway,
} from "../platform/shelf/shelf-folders.ts";

export interface ShelfKeeper {
  /** Resolves when nothing is on the shelf that a change made untrue. Called when every worker has heard of it. */
  withdraw(change: unknown): Promise<void>;
  /** At the end: nobody hears of changes any more. Files stay, their addresses never mean anything else. */
  close(): Promise<void>;
}

const NORMALIZED = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const RETRY = 1000;

type ShelfConfig = Pick<Config, "data" | "files" | "nginx">;

/**
 * Before any worker answers: an empty shelf, whatever happened to what was on it while nobody looked. Without `--nginx`
 * there is none, and nothing to keep.
 */
export async function openShelf(config: ShelfConfig, log: Log): Promise<ShelfKeeper | undefined> {
  const folders = shelfFolders(config);
  for (const root of [folders.files, folders.pages]) {
    await takeAway(root);
    removeLeftOvers(root).catch((error: unknown) => log.warn({ err: error }, "could not remove what nginx served"));
  }
  if (!config.nginx) return undefined;
  await letNginxIn(config, folders, log);
  return createShelfKeeper(folders, log);
}

/** nginx runs as somebody else: it gets through to the shelf, and its group, if it is ours too, to bytes that we hand over to it. */
async function letNginxIn({ data, files }: ShelfConfig, folders: ShelfFolders, log: Log): Promise<void> {
  const ways = [
    [data, PASSABLE],
    [files, PASSABLE],
    [join(files, "blobs"), 0o710],
    [dirname(folders.pages), PASSABLE],
    [folders.pages, PASSABLE],
    [folders.files, PASSABLE],
  ] as const;
  for (const [folder, bits] of ways) {
    await openFolder(folder, bits).catch((error: unknown) => {
      log.warn({ err: error, folder }, `cannot let nginx pass ${folder}: it will have to ask for what is in there`);
    });
  }
}

/**
 * For a command that changed a project: no server may run that would hear of it. One that runs takes the same away again when
 * it has heard, and with it what a worker puts there meanwhile.
 */
export async function withdrawPages(config: Pick<Config, "data" | "files">, project: NormalizedName): Promise<void> {
  const { pages } = shelfFolders(config);
  const taken = await takeAway(pages, join(pages, project));
  await taken?.removal;
}

function createShelfKeeper(folders: ShelfFolders, log: Log): ShelfKeeper {
  /** Nobody waits for what nobody can see any more. */
  function clean(taken: { readonly removal: Promise<void> } | undefined): void {
    taken?.removal.catch((error: unknown) =>
      log.warn({ err: error }, "could not remove what nginx does not serve any more"),
    );
  }

  async function takeOff(change: unknown): Promise<void> {
    const { kind, project } = describe(change);
    if (kind === "token-revoked") return;
    if (kind === "project" && project !== undefined) {
      return clean(await takeAway(folders.pages, join(folders.pages, project)));
    }
    // Whatever else it is, such as an index that is private from now on: nothing that stands there is sure any more.
    for (const root of [folders.files, folders.pages]) clean(await clearFolder(root));
  }

  return {
    async withdraw(change) {
      for (let isFirst = true; ; isFirst = false) {
        try {
          return await takeOff(change);
        } catch (error) {
          // Nobody is told of a change while nginx may serve what was before it.
          if (isFirst) log.error({ err: error }, "cannot take away what nginx serves; changes wait until that works");
          await new Promise((resolve) => setTimeout(resolve, RETRY));
        }
      }
    },
    async close() {
      await (await clearFolder(folders.pages))?.removal;
    },
  };
}

/** Anyone with the database's password can announce anything: a project's name is looked at before it becomes a path. */
function describe(change: unknown): { readonly kind?: unknown; readonly project?: string } {
  if (typeof change !== "object" || change === null || !("kind" in change)) return {};
  const project = "project" in change && typeof change.project === "string" ? change.project : "";
  return { kind: change.kind, ...(NORMALIZED.test(project) && { project }) };
}
