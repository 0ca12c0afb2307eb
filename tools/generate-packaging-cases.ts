// Writes test/vectors/packaging-cases.json: what Python's `packaging` answers while its own tests run; and version-pairs.json
// beside it: how it orders random versions. Needs python3 with pip and an index that pip can reach; takes about two minutes.
// Run it with `node tools/generate-packaging-cases.ts`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const SUBJECT = "packaging==26.2";
const TOOLS = ["pytest==9.2.0", "hypothesis==6.170.15", "pretend==1.0.9", "tomli_w"];
/** What an index has to know; the others are about installing. */
const TESTS = ["version", "specifiers", "requirements", "markers", "utils", "metadata", "licenses"];
const VECTORS = join(import.meta.dirname, "..", "test", "vectors");
const OUTPUT = join(VECTORS, "packaging-cases.json");
const RECORDERS = join(import.meta.dirname, "packaging-cases");

const folder = mkdtempSync(join(tmpdir(), "packaging-cases-"));
try {
  run("python3", ["-m", "venv", join(folder, "venv")], folder);
  const python = join(folder, "venv", "bin", "python");
  run(python, ["-m", "pip", "install", "--quiet", SUBJECT, ...TOOLS], folder);
  // The wheel has no tests.
  const sdists = join(folder, "sdists");
  run(
    python,
    ["-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", "--dest", sdists, SUBJECT],
    folder,
  );
  const [sdist = ""] = readdirSync(sdists);
  run("tar", ["xzf", join(sdists, sdist)], folder);
  run(
    python,
    ["-m", "pytest", "-q", "-W", "ignore", "-p", "recorder", ...TESTS.map((name) => `tests/test_${name}.py`)],
    join(folder, sdist.replace(/\.tar\.gz$/, "")),
  );
  run(python, [join(RECORDERS, "version_pairs.py"), join(VECTORS, "version-pairs.json")], folder);
} finally {
  rmSync(folder, { recursive: true });
}

function run(command: string, words: readonly string[], cwd: string): void {
  const env = { ...process.env, PYTHONPATH: RECORDERS, PACKAGING_CASES: OUTPUT };
  execFileSync(command, words, { cwd, env, stdio: ["ignore", "inherit", "inherit"] });
}
