import { setTimeout } from "node:timers/promises";
import { findPackage, majorOf, type Package, prepareBinaries, removeOldPrograms } from "./binaries.ts";
import { type Claim, describeHolder } from "./claim.ts";
import { hasCluster, makeCluster } from "./cluster.ts";
import { DataFolderUnusable } from "./errors.ts";
import { type Home, openHome } from "./home.ts";
import { keepRunning } from "./keep-running.ts";
import { ensurePassword, readPassword } from "./password.ts";
import { type EmbeddedLog, type Launch, type Sleep, stopPostmaster } from "./postmaster.ts";
import { PORT, postmasterArguments } from "./settings.ts";
import { takeCluster } from "./take-cluster.ts";

/** Where clients connect: a Unix socket, so `host` is its folder. */
export interface EmbeddedConnection {
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
}

export interface EmbeddedPostgres {
  /** Stays the same through restarts. */
  readonly connection: EmbeddedConnection;
  /** The postmaster's; another one after a restart. */
  readonly pid: number;
  /** Rejects when the cluster cannot be held any longer (another program took it). Never resolves before `stop`. */
  readonly ended: Promise<void>;
  /** Cuts all connections and ends it; `immediate` leaves the work of a clean end to the next start. */
  stop(mode?: "fast" | "immediate"): Promise<void>;
}

export interface EmbeddedOptions {
  readonly dataDir: string;
  readonly log: EmbeddedLog;
  /** Told to a second program that is refused, such as `serve`. */
  readonly purpose?: string;
  /** For commands: nobody else should use this database, because it is gone in a moment; others wait for that. */
  readonly isBrief?: boolean;
  /** The database went away without being asked, and will be started again. */
  readonly onDown?: () => void;
  /** It is back; every connection made before is broken. */
  readonly onRestart?: () => void;
  readonly sleep?: Sleep;
  /** PostgreSQL settings over ours. */
  readonly settings?: Readonly<Record<string, string>>;
  /** False for throw-away databases of tests. */
  readonly isDurable?: boolean;
  readonly findPackage?: () => Promise<Package>;
  /** Where the cluster goes when the unprivileged user cannot reach the data folder. */
  readonly elsewhere?: string;
}

const APPLICATION = "cheeseshop";
const NOT_DURABLE = { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "200" };

/**
 * Starts the data folder's PostgreSQL, made on the first call, and keeps it running. Throws DataFolderInUse,
 * DataFolderOfAnotherVersion, DataFolderUnusable, EmbeddedDatabaseUnavailable or PostgresDidNotStart.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const { log, sleep = (milliseconds) => setTimeout(milliseconds), isDurable = true } = options;
  const found = await (options.findPackage ?? findPackage)();
  const home = await openHome(options.dataDir, options.elsewhere);
  announcePlace(home, log);
  const isNew = !(await hasCluster(home, majorOf(found)));
  const password = isNew ? await ensurePassword(home.passwordFile) : await readPassword(home.passwordFile);
  if (password === undefined) {
    throw new DataFolderUnusable(
      `${home.passwordFile} is missing: bring it back, the database of ${home.dataFolder} needs it`,
    );
  }
  const binaries = await prepareBinaries(found, home.folder, home.owner);
  if (isNew) {
    await makeCluster(home, binaries, password, { isDurable });
    log.info({ cluster: home.cluster }, `made a new database in ${home.cluster}`);
  }
  const overrides = { ...(isDurable ? {} : NOT_DURABLE), ...options.settings };
  const wanted = postmasterArguments(home.cluster, home.socketFolder, binaries.version, overrides);
  const launch: Launch = { home, binaries, arguments: wanted, sleep, log };
  const who = describeHolder(options.purpose ?? APPLICATION, options.isBrief ?? false);
  const held = await takeCluster(launch, password, who);
  if (held.isAdopted) log.warn({ pid: held.pid }, "the database of a program that was killed still ran and goes on");
  await removeOldPrograms(home.folder, binaries.version);
  await ensureDatabase(held.claim, password);

  let isStopped = false;
  const keeper = keepRunning(held, {
    cluster: home.cluster,
    log,
    take: () => takeCluster(launch, password, who),
    sleep,
    now: () => performance.now(),
    onDown: options.onDown,
    onRestart: options.onRestart,
  });
  return {
    connection: describeConnection(home, password),
    get pid() {
      return keeper.pid;
    },
    ended: keeper.ended,
    async stop(mode = "fast") {
      const last = await keeper.stop();
      // By the second call its number may belong to another process; a call while the first waits may still hurry it.
      if (!last || isStopped) return;
      await stopPostmaster(last.pid, mode, sleep);
      isStopped = true;
      await last.claim.release().catch(() => {});
    },
  };
}

export function describeConnection(home: Home, password: string): EmbeddedConnection {
  return { host: home.socketFolder, port: PORT, user: APPLICATION, password, database: APPLICATION };
}

function announcePlace({ dataFolder, folder, obstacle, owner }: Home, log: EmbeddedLog): void {
  if (folder.startsWith(`${dataFolder}/`)) return;
  const why = obstacle ? `, because user ${owner?.uid}, who runs it, may not pass ${obstacle}` : "";
  log.warn({ dataFolder, folder, obstacle }, `the database of ${dataFolder} is kept in ${folder}${why}`);
}

/** The program's own role is not a superuser: a mistake in a statement cannot reach files or run programs. */
async function ensureDatabase(claim: Claim, password: string): Promise<void> {
  const roles = await claim.query(`select from pg_roles where rolname = '${APPLICATION}'`);
  // The password is ours, of letters, digits, - and _: it needs no quoting, and CREATE ROLE takes no parameters.
  if (roles.length === 0) await claim.query(`create role ${APPLICATION} login createdb password '${password}'`);
  const databases = await claim.query(`select from pg_database where datname = '${APPLICATION}'`);
  if (databases.length === 0) await claim.query(`create database ${APPLICATION} owner ${APPLICATION}`);
}
