import { Problem } from "../errors/problem.ts";

/** The database does not answer now: it restarts, or the line is cut. Asking again later helps. */
export class DatabaseUnavailable extends Problem {
  readonly status = 503;
  readonly code = "database_unavailable";
  override readonly headers = { "Retry-After": "5" };
  constructor(options?: ErrorOptions) {
    super("The database does not answer at the moment. Try again in a few seconds.", options);
  }
}

/** The database answers and takes no writes: its disk or memory is full, or it is a standby. */
export class DatabaseCannotStore extends Problem {
  readonly status = 503;
  readonly code = "database_cannot_store";
  override readonly headers = { "Retry-After": "30" };
  constructor(options?: ErrorOptions) {
    super("The database takes no writes at the moment. Try again later.", options);
  }
}

/** Codes of the operating system and of PostgreSQL (class 08, 57P) for a connection that cannot be had or has gone. */
const GONE = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|08...|57P0[1-4]|53300)$/;
/** PostgreSQL's `disk_full`, `out_of_memory` and `read_only_sql_transaction`. */
const CANNOT_STORE = /^(?:53100|53200|25006)$/;
/** What the client library says without a code. */
const GONE_IN_WORDS =
  /^(?:Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Connection error)/;

/** The same error, or DatabaseUnavailable or DatabaseCannotStore when it says so. */
export function translateDatabaseError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  if (CANNOT_STORE.test(code)) return new DatabaseCannotStore({ cause: error });
  return GONE.test(code) || GONE_IN_WORDS.test(error.message) ? new DatabaseUnavailable({ cause: error }) : error;
}
