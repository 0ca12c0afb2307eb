// A program that does nothing but keep an embedded PostgreSQL running, to be killed by tests. Its argument is
// `{ dataDir, … }` as JSON; it prints one JSON object per line; SIGTERM ends it properly, SIGINT is ignored.

import { startEmbeddedPostgres } from "../../src/platform/db/embedded/index.ts";
import { Problem } from "../../src/platform/errors/problem.ts";

const tell = (message: object) => process.stdout.write(`${JSON.stringify(message)}\n`);
const log = (_fields: object, message: string) => tell({ kind: "log", message });

process.on("SIGINT", () => {});
try {
  const postgres = await startEmbeddedPostgres({
    ...JSON.parse(process.argv[2] ?? "{}"),
    log: { info: log, warn: log, error: log },
    onDown: () => tell({ kind: "down" }),
    onRestart: () => tell({ kind: "back", pid: postgres.pid }),
  });
  process.on("SIGTERM", () => void postgres.stop().then(() => process.exit(0)));
  tell({ kind: "ready", pid: postgres.pid, connection: postgres.connection });
} catch (error) {
  const code = error instanceof Problem ? error.code : "unexpected";
  tell({ kind: "refused", code, message: error instanceof Error ? error.message : String(error) });
  process.exitCode = 1;
}
