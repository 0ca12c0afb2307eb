// The PostgreSQL that comes along: one per data folder, started, kept running and stopped by whoever serves from it.
export { borrowEmbeddedPostgres, connectToRunningEmbedded } from "./borrow-embedded-postgres.ts";
export {
  type EmbeddedConnection,
  type EmbeddedOptions,
  type EmbeddedPostgres,
  startEmbeddedPostgres,
} from "./start-embedded-postgres.ts";
