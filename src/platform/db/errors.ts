import { Problem } from "../errors/problem.ts";

/** The database does not answer now: it restarts, its disk is full, the line is cut. Asking again later helps. */
export class DatabaseUnavailable extends Problem {
  readonly status = 503;
  readonly code = "database_unavailable";
  override readonly headers = { "Retry-After": "5" };
  constructor(options?: ErrorOptions) {
    super("The database does not answer at the moment. Try again in a few seconds.", options);
  }
}

/** Codes of the operating system and of PostgreSQL (class 08, 57P) for a connection that cannot be had or has gone. */
const GONE = /^(?:ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|EHOSTUNREACH|ENOTFOUND|08...|57P0[1-4]|53300)$/;
/** What the client library says without a code. */
const GONE_IN_WORDS =
  /^(?:Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect|Connection error)/;

/** The same error, or DatabaseUnavailable when it says that the connection cannot be had or has gone. */
export function translateDatabaseError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return GONE.test(code) || GONE_IN_WORDS.test(error.message) ? new DatabaseUnavailable({ cause: error }) : error;
}
