import { CompiledQuery, type DatabaseConnection } from "kysely";
import type { Db } from "./pool.ts";
import type { Statement } from "./statement.ts";

type RowsOf<Statements extends readonly Statement[]> = {
  -readonly [At in keyof Statements]: Statements[At] extends Statement<infer Row> ? Row[] : never;
};

export interface Transaction {
  /**
   * Sends statements in one piece, in order; the first time behind BEGIN. Their rows, in the same order. Throws the error of
   * the first that fails; those behind it have done nothing.
   */
  send<const Statements extends readonly Statement[]>(...statements: Statements): Promise<RowsOf<Statements>>;
  /** Sends the last statements and COMMIT in one piece: what they lock, they lock for no round trip. Then it is over. */
  commit(...statements: readonly Statement[]): Promise<void>;
}

const BEGIN: Statement = { text: "begin", values: [] };
const COMMIT: Statement = { text: "commit", values: [] };
const ROLLBACK: Statement = { text: "rollback", values: [] };

/**
 * A transaction of few round trips, where Kysely's makes one per statement. Unless `work` commits, nothing it did remains.
 * Throws what `work` throws, and the errors of statements.
 */
export function inOneTransaction<Result>(db: Db, work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
  return db.getExecutor().provideConnection(async (connection) => {
    let state = "new" as "new" | "open" | "over";
    try {
      return await work({
        async send(...statements) {
          if (state === "over") throw new Error("this transaction is over");
          const begin = state === "new" ? [BEGIN] : [];
          state = "open";
          const rows = await sendTogether(connection, [...begin, ...statements]);
          return rows.slice(begin.length) as RowsOf<typeof statements>;
        },
        async commit(...statements) {
          if (state !== "open") throw new Error("nothing was begun that could be committed");
          state = "over";
          await sendTogether(connection, [...statements, COMMIT]);
        },
      });
    } finally {
      // What went wrong has an error already; a connection that cannot even do this is not used again.
      if (state === "open") await sendTogether(connection, [ROLLBACK]).catch(() => {});
    }
  });
}

/** A statement that fails aborts the transaction: those behind it fail as well, and COMMIT becomes ROLLBACK. */
async function sendTogether(
  connection: DatabaseConnection,
  statements: readonly Statement[],
): Promise<readonly (readonly unknown[])[]> {
  const results = await Promise.allSettled(
    statements.map(({ text, values }) => connection.executeQuery(CompiledQuery.raw(text, [...values]))),
  );
  return results.map((result) => {
    if (result.status === "rejected") throw result.reason;
    return result.value.rows;
  });
}
