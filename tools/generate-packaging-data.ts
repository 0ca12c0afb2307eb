// Writes the data of packaging-standards that ages: SPDX licenses and trove classifiers. Needs python3 with pip and an
// index that pip can reach; run it with `node tools/generate-packaging-data.ts` after raising a version below.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOM = join(import.meta.dirname, "..", "src", "packaging-standards");

/** What to take from which distribution: an expression in Python that makes the JSON document. */
const SOURCES = [
  {
    requirement: "packaging==26.2",
    output: "spdx.generated.json",
    module: "packaging.licenses._spdx",
    document: `{
      "listVersion": module.VERSION,
      "licenses": [entry["id"] for entry in module.LICENSES.values()],
      "exceptions": [entry["id"] for entry in module.EXCEPTIONS.values()],
    }`,
  },
  {
    requirement: "trove-classifiers==2026.6.1.19",
    output: "classifiers.generated.json",
    module: "trove_classifiers",
    document: `{
      "classifiers": sorted(module.classifiers),
      "deprecated": {name: module.deprecated_classifiers[name] for name in sorted(module.deprecated_classifiers)},
    }`,
  },
] as const;

for (const { requirement, output, module, document } of SOURCES) {
  const folder = mkdtempSync(join(tmpdir(), "packaging-data-"));
  try {
    run("-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", folder, requirement);
    const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
    if (!wheel) throw new Error(`pip downloaded no wheel of ${requirement}`);
    // Python imports a pure wheel where it lies.
    const program = [
      "import importlib, json, sys",
      "sys.path.insert(0, sys.argv[1])",
      `module = importlib.import_module("${module}")`,
      `print(json.dumps({"source": "${requirement.replace("==", " ")}", **${document.replaceAll(/\s+/g, " ")}}))`,
    ].join("\n");
    const data: unknown = JSON.parse(run("-c", program, join(folder, wheel)));
    writeFileSync(join(ROOM, output), `${JSON.stringify(data, null, 1)}\n`);
    console.log(`${output} from ${requirement}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(...args: readonly string[]): string {
  return execFileSync("python3", args, { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 });
}
