// Sorts versions and reads requirements, ours; in a process of its own, as Python's side is. Prints what texts.py prints.
import { readFileSync } from "node:fs";
import { parseRequirement, sortVersions } from "../../src/packaging-standards/index.ts";
import type { Inputs } from "./inputs.ts";

const inputs: Inputs = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));

/** CPU seconds of the whole process: the garbage collector's threads count. */
function cpu(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

const start = cpu();
const sorted = sortVersions(inputs.versions, (version) => version);
const between = cpu();
for (const text of inputs.requirements) parseRequirement(text);
const end = cpu();
console.log(JSON.stringify({ versions: between - start, requirements: end - between, newest: sorted.at(-1) }));
