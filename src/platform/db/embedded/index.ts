// The PostgreSQL that comes along: one per data folder, started, kept running and stopped by whoever serves from it.
export { type Borrowed, borrowEmbeddedPostgres, connectToRunningEmbedded } from "./borrow-embedded-postgres.ts";
export {
  CannotStartDatabase,
  DataFolderInUse,
  DataFolderOfAnotherVersion,
  DataFolderUnusable,
  EmbeddedDatabaseUnavailable,
  PostgresDidNotStart,
} from "./errors.ts";
export {
  type EmbeddedConnection,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "./start-embedded-postgres.ts";
