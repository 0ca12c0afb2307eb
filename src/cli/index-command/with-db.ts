import type { Config } from "../../platform/config/resolve.ts";
import type { Db } from "../../platform/db/pool.ts";
import { createProcessLog } from "../../platform/log/create-log.ts";
import { withDatabase } from "../database.ts";

/** The command's database, ready for queries. */
export async function withDb<Result>(
  config: Config,
  purpose: string,
  use: (db: Db) => Promise<Result>,
): Promise<Result> {
  return withDatabase({ config, log: createProcessLog("warn"), purpose }, async (pool) => {
    const { createDb } = await import("../../platform/db/pool.ts");
    return use(createDb(pool));
  });
}
