import { isBrief, whoHolds } from "./claim.ts";
import { DataFolderInUse } from "./errors.ts";
import { findHome } from "./home.ts";
import { readPassword } from "./password.ts";
import { findPostmaster } from "./postmaster.ts";
import {
  describeConnection,
  type EmbeddedConnection,
  type EmbeddedOptions,
  startEmbeddedPostgres,
} from "./start-embedded-postgres.ts";

/**
 * The database of a server that runs on this data folder; undefined when none does. One that a killed server left
 * running does not count, nobody would bring it back or stop it, nor does a command's. Throws DataFolderUnusable when it is another user's.
 */
export async function connectToRunningEmbedded(dataDir: string): Promise<EmbeddedConnection | undefined> {
  const home = await findHome(dataDir);
  const running = home && (await findPostmaster(home.cluster));
  if (!running) return undefined;
  const password = await readPassword(home.passwordFile);
  if (!password) return undefined;
  const { socketFolder } = running;
  const { who } = await whoHolds({ socketFolder, password });
  return who && !isBrief(who) ? describeConnection({ ...home, socketFolder }, password) : undefined;
}

export interface Borrowed {
  readonly connection: EmbeddedConnection;
  /** Whether this program started it, and nobody else uses it: its schema may be older than the program. */
  readonly isOwn: boolean;
  /** Stops the database again if this program had to start it. */
  release(): Promise<void>;
}

/** A command's way to the database: a running server's, or one of its own for as long as it needs it. Commands wait for each other. */
export async function borrowEmbeddedPostgres(options: EmbeddedOptions): Promise<Borrowed> {
  const running = await connectToRunningEmbedded(options.dataDir);
  if (running) return borrowed(running);
  try {
    const own = await startEmbeddedPostgres({ ...options, isBrief: true });
    return { connection: own.connection, isOwn: true, release: () => own.stop() };
  } catch (error) {
    // A server started in the meantime.
    const other = error instanceof DataFolderInUse && (await connectToRunningEmbedded(options.dataDir));
    if (other) return borrowed(other);
    throw error;
  }
}

function borrowed(connection: EmbeddedConnection): Borrowed {
  return { connection, isOwn: false, release: async () => {} };
}
