// Bundles src/main.ts into dist/. Plain JavaScript on purpose: `npm ci` runs it (prepare) with whatever Node
// the machine has, before anything of ours can rely on Node 26.
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const output = join(root, "dist", "main.js");

/** The newest modification time of anything that goes into the bundle, in milliseconds. */
function newestSource() {
  const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return Math.max(...[...sources, join(root, "package.json")].map((path) => statSync(path).mtimeMs));
}

/**
 * Packages go into the bundle when that pays, else they are loaded from node_modules. Kysely's 300 files cost a process
 * 12 MB and 70 ms, the part of them that is used 2 MB and 5 ms.
 */
const BUNDLED = new Set(["commander", "kysely", "preact", "preact-render-to-string", "smol-toml", "zod"]);

function listExternal() {
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  return Object.keys(dependencies).filter((name) => !BUNDLED.has(name));
}

const isBuilt = existsSync(output);
if (process.argv.includes("--if-needed") && isBuilt && statSync(output).mtimeMs > newestSource()) process.exit(0);

try {
  mkdirSync(join(root, "dist"), { recursive: true });
  const { build } = await import("esbuild");
  await build({
    absWorkingDir: root,
    entryPoints: ["src/main.ts", "src/platform/crypto/digest-worker.ts"],
    outdir: "dist",
    entryNames: "[name]",
    bundle: true,
    splitting: true,
    chunkNames: "chunks/[name]-[hash]",
    external: listExternal(),
    platform: "node",
    target: "node26",
    format: "esm",
    jsx: "automatic",
    jsxImportSource: "preact",
    sourcemap: true,
    logLevel: "warning",
  });
  // npx runs it by its first line.
  chmodSync(output, 0o755);
} catch (error) {
  if (error.code !== "EACCES" && error.code !== "EROFS" && error.code !== "EPERM") {
    console.error(`The build failed: ${error.message}`);
    process.exit(1);
  }
  // A read-only checkout can run what was built before it became read-only; without that there is nothing to run.
  console.error(
    `dist/ cannot be written (${error.code}); ${isBuilt ? "the existing build is used" : "run npm run build as its owner"}.`,
  );
  if (!isBuilt) process.exit(1);
}
