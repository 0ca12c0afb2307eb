import { execFileSync } from "node:child_process";
import { cpus, loadavg, release, totalmem } from "node:os";
import { ROOT } from "./places.ts";

/** What figures depend on. */
export function describeMachine() {
  return {
    date: new Date().toISOString(),
    commit: describeCommit(),
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 1e9)} GB, Linux ${release()}`,
    node: process.version,
    "load average": describeLoad(),
  };
}

export function printFacts(facts: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(facts)) console.log(`${name}: ${value}`);
}

export function describeLoad(): string {
  return loadavg()
    .map((value) => value.toFixed(2))
    .join(" ");
}

function describeCommit(): string {
  const git = (...words: string[]) =>
    execFileSync("git", ["--no-optional-locks", ...words], { cwd: ROOT, encoding: "utf8", stdio: "pipe" }).trim();
  try {
    const isChanged = git("status", "--porcelain", "--untracked-files=no", "--", "src", "package.json") !== "";
    return `${git("rev-parse", "--short", "HEAD")}${isChanged ? " and changes that are not committed" : ""}`;
  } catch {
    return "not known: this is no git checkout";
  }
}
