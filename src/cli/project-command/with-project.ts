import { dirname } from "node:path";
import type { HostedPage, Index } from "../../indexes/index.ts";
import type { NormalizedName } from "../../packaging-standards/index.ts";
import { systemClock } from "../../platform/clock/clock.ts";
import type { Config } from "../../platform/config/resolve.ts";
import { suggest } from "../../platform/config/suggest.ts";
import type { Db } from "../../platform/db/pool.ts";
import { shelfFolders } from "../../platform/shelf/shelf-folders.ts";
import type { ProjectChanges, Target } from "../../projects/index.ts";
import { withDb } from "../index-command/with-db.ts";
import { requireCatalogue } from "../open-files.ts";
import { withdrawPages } from "../shelf-keeper.ts";
import { CommandFailed } from "../terminal.ts";

/** A project that was uploaded here, and what changes it. */
export interface FoundProject {
  readonly page: HostedPage;
  readonly target: Target;
  readonly changes: ProjectChanges;
}

export interface Asked {
  /** What the command is, for whoever waits for the database. */
  readonly purpose: string;
  /** In any spelling. */
  readonly project: string;
  /** Name of the index. */
  readonly index: string;
}

/**
 * Runs `use` on a project. The database tells running servers of what changed, when it is committed; afterwards nothing of the
 * project stands on the shelf that nginx serves from, also where no server runs. Throws CommandFailed, IndexNotFound,
 * InvalidName.
 */
export async function withProject(
  config: Config,
  { purpose, project, index }: Asked,
  use: (found: FoundProject) => Promise<void>,
): Promise<void> {
  await requireCatalogue(config);
  await withDb(config, purpose, async (db) => {
    const { getIndex } = await import("../../indexes/index.ts");
    const { parseName } = await import("../../packaging-standards/index.ts");
    const { createProjectChanges, readProjectPage } = await import("../../projects/index.ts");
    const name = parseName(project);
    const found = await getIndex(db, index);
    mustTakeUploads(found);
    try {
      const page = await readProjectPage(db, found.id, name);
      if (page === undefined) throw new CommandFailed(await describeMissing(db, found, project, name));
      const changes = createProjectChanges({ db, clock: systemClock, announce: async () => {} });
      await use({ page, target: { index: found, project: name, actorId: null }, changes });
    } finally {
      // Whatever came of it: an earlier call may have been killed between its commit and this.
      await clearShelf(config, name);
    }
  });
}

function mustTakeUploads({ id, name, kind, sources }: Index): void {
  if (kind === "mirror") throw new CommandFailed(`${name} is a mirror: what it shows is changed in its upstream`);
  if (sources.some((source) => source.id === id)) return;
  const members = sources.filter((source) => source.kind === "hosted").map((source) => source.name);
  throw new CommandFailed(
    `${name} only shows what others hold${members.length === 0 ? "" : `: say --index ${members.join(" or --index ")}`}`,
  );
}

async function describeMissing(db: Db, index: Index, asked: string, name: string): Promise<string> {
  const { listNamesLike } = await import("../queries.ts");
  const near = suggest(name, await listNamesLike(db, index.id, name));
  const where = `There is no project ${asked} in the index ${index.name}`;
  return near === undefined ? `${where} that was uploaded there` : `${where}; did you mean ${near}?`;
}

async function clearShelf(config: Config, name: NormalizedName): Promise<void> {
  try {
    await withdrawPages(config, name);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CommandFailed(
      `What nginx may serve of ${name} could not be taken away (${reason}). Unless a server runs, remove ${dirname(shelfFolders(config).pages)}`,
      { cause },
    );
  }
}
