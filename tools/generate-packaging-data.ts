// Writes the data of packaging-standards that ages: SPDX licenses, trove classifiers, names of the standard library, versions
// of macOS, each from the newest release of the distribution that publishes it. Needs python3 with pip, npm, and indexes that
// they can reach. Run it with `node tools/generate-packaging-data.ts`, then the tests: they say what the news change. With
// `--check` nothing is written: it ends with 1 when a source has a newer release.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const ROOM = join(import.meta.dirname, "..", "src", "packaging-standards");

/** A distribution of Python, and an expression that makes the data of its module. */
interface PythonSource {
  readonly output: string;
  readonly distribution: string;
  readonly module: string;
  readonly data: string;
}

const PYTHON_SOURCES: readonly PythonSource[] = [
  {
    output: "spdx.generated.json",
    distribution: "packaging",
    module: "packaging.licenses._spdx",
    data: `{
      "listVersion": module.VERSION,
      "licenses": [entry["id"] for entry in module.LICENSES.values()],
      "exceptions": [entry["id"] for entry in module.EXCEPTIONS.values()],
    }`,
  },
  {
    output: "classifiers.generated.json",
    distribution: "trove-classifiers",
    module: "trove_classifiers",
    data: `{
      "classifiers": sorted(module.classifiers),
      "deprecated": {name: module.deprecated_classifiers[name] for name in sorted(module.deprecated_classifiers)},
    }`,
  },
  {
    output: "standard-library.generated.json",
    distribution: "stdlib-list",
    module: "stdlib_list",
    // Every module and whatever stands before one of its dots, as PEP 503 spells names.
    data: `{
      "pythons": list(module.short_versions),
      "names": sorted({
        re.sub("[-_.]+", "-", prefix.strip("-_.")).lower()
        for python in module.short_versions
        for name in module.stdlib_list(python)
        for prefix in itertools.accumulate(name.split("."), "{}.{}".format)
      }),
    }`,
  },
];

const MACOS = { output: "macos.generated.json", distribution: "macos-release" };

/** What a source says, in which of its releases, and on which day that was published. */
interface Found {
  readonly source: string;
  readonly published: string;
  readonly data: object;
}

const today = new Date().toISOString().slice(0, 10);
let outdated = 0;
for (const source of PYTHON_SOURCES) keep(source.output, await inFolder((folder) => askPython(source, folder)));
keep(MACOS.output, await inFolder(askMacosRelease));
if (outdated > 0) process.exitCode = 1;

function keep(output: string, { data, ...origin }: Found): void {
  const path = join(ROOM, output);
  if (!process.argv.includes("--check")) {
    // `newestOn`: a day on which there was no newer release. A test goes by it, since a source may rest for years.
    writeFileSync(path, `${JSON.stringify({ ...origin, newestOn: today, ...data }, null, 1)}\n`);
    console.log(`${output} from ${origin.source} of ${origin.published}`);
    return;
  }
  const { source }: { source: string } = JSON.parse(readFileSync(path, "utf8"));
  if (source !== origin.source) outdated++;
  console.log(`${output}: ${source}, ${source === origin.source ? "the newest" : `NEWER: ${origin.source}`}`);
}

function askPython({ distribution, module, data }: PythonSource, folder: string): Found {
  run(
    "python3",
    "-m",
    "pip",
    "download",
    "--quiet",
    "--no-deps",
    "--only-binary=:all:",
    "--dest",
    folder,
    distribution,
  );
  const wheel = readdirSync(folder).find((name) => name.endsWith(".whl"));
  if (!wheel) throw new Error(`pip downloaded no wheel of ${distribution}`);
  // Python imports a pure wheel where it lies.
  const program = [
    "import importlib, itertools, json, re, sys, zipfile",
    "sys.path.insert(0, sys.argv[1])",
    `module = importlib.import_module("${module}")`,
    "newest = max(member.date_time for member in zipfile.ZipFile(sys.argv[1]).infolist())",
    `print(json.dumps({"published": "%04d-%02d-%02d" % newest[:3], "data": ${data.replaceAll(/\s+/g, " ")}}))`,
  ].join("\n");
  const { published, data: found }: Omit<Found, "source"> = JSON.parse(
    run("python3", "-c", program, join(folder, wheel)),
  );
  return { source: `${distribution} ${wheel.split("-")[1]}`, published, data: found };
}

/** It names the macOS of each Darwin; from Darwin 20, macOS 11, on, wheels name a macOS by its first number alone. */
async function askMacosRelease(folder: string): Promise<Found> {
  const { distribution } = MACOS;
  const [packed] = JSON.parse(run("npm", "pack", "--json", "--pack-destination", folder, `${distribution}@latest`));
  run("tar", "xzf", join(folder, packed.filename), "-C", folder);
  const published: string = JSON.parse(run("npm", "view", distribution, "time", "--json"))[packed.version];
  const { default: macosOf } = await import(pathToFileURL(join(folder, "package", "index.js")).href);
  const versions = Array.from({ length: 80 }, (_, at): string => macosOf(`${20 + at}.0.0`).version).filter(Boolean);
  return { source: `${distribution} ${packed.version}`, published: published.slice(0, 10), data: { versions } };
}

async function inFolder<T>(work: (folder: string) => T | Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "packaging-data-"));
  try {
    return await work(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, ...words: readonly string[]): string {
  return execFileSync(command, words, { encoding: "utf8", maxBuffer: 16 * 1024 * 1024 });
}
