// `npm test` and its slow parts: runs vitest's projects one after the other and ends with one line that sums them up.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** One run of vitest: which of its projects, and on which database. */
interface Run {
  readonly project: "fast" | "faults" | "clients";
  /** On a PostgreSQL that is there already, instead of the embedded one that the tests start. */
  readonly ownDatabase?: true;
}

const parts: Readonly<Record<string, readonly Run[]>> = {
  all: [{ project: "fast" }, { project: "fast", ownDatabase: true }, { project: "faults" }, { project: "clients" }],
  clients: [{ project: "clients" }],
  faults: [{ project: "faults" }],
};

const { CHEESESHOP_TEST_DATABASE_URL: databaseUrl, ...environment } = process.env;

/** The part of vitest's JSON report that is summed. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

const [part = "all", ...rest] = process.argv.slice(2);
const runs = parts[part];
if (runs === undefined) {
  console.error(`There is no part ${part}; there are ${Object.keys(parts).join(", ")}.`);
  process.exit(2);
}

// Tests of the program as a process run what is built.
run("node", ["tools/build.mjs", "--if-needed"]) || process.exit(1);

const folder = mkdtempSync(join(tmpdir(), "cheeseshop-tests-"));
const total = { passed: 0, failed: 0, skipped: 0 };
let isAllWell = true;
for (const { project, ownDatabase } of runs) {
  if (ownDatabase && databaseUrl === undefined) {
    console.log("SKIPPED: the fast tests on a PostgreSQL of your own. Set CHEESESHOP_TEST_DATABASE_URL to run them.");
    total.skipped++;
    continue;
  }
  const env = ownDatabase ? { ...environment, CHEESESHOP_TEST_DATABASE_URL: databaseUrl } : environment;
  const output = join(folder, `${project}-${ownDatabase ? "own" : "embedded"}.json`);
  // vitest would bundle its configuration into node_modules, which this user need not be allowed to write to.
  const flags = ["--configLoader=native", "--reporter=default", "--reporter=json", `--outputFile.json=${output}`];
  console.log(`\n${project} tests${ownDatabase ? " on the PostgreSQL of CHEESESHOP_TEST_DATABASE_URL" : ""}`);
  const hasPassed = run("vitest", ["run", "--project", project, ...flags, ...rest], env);
  isAllWell &&= hasPassed;
  const report = readReport(output);
  if (report === undefined) {
    total.failed++;
    isAllWell = false;
    continue;
  }
  // A file that cannot be loaded has no tests, but it is a failure all the same.
  const broken = report.testResults.filter((file) => file.status === "failed" && file.assertionResults.length === 0);
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests + broken.length;
  total.skipped += report.numPendingTests + report.numTodoTests;
  if (!hasPassed && report.numFailedTests + broken.length === 0) total.failed++;
}
rmSync(folder, { recursive: true });
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exit(isAllWell && total.failed === 0 ? 0 : 1);

function run(command: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env): boolean {
  return spawnSync(command, args, { stdio: "inherit", env }).status === 0;
}

function readReport(path: string): Report | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
