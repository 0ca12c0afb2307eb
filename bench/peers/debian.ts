// nginx and wrk: the machine's own, else from Debian's packages, unpacked into the cache. Nothing is installed and no
// service is started, so this needs no root.
import { execFile } from "node:child_process";
import { access, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CACHE } from "../places.ts";
import { say } from "../progress.ts";

const run = promisify(execFile);

export interface Tool {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

interface Package {
  readonly name: "nginx" | "wrk";
  /** Where the program lies in the unpacked packages. */
  readonly path: string;
  /** With the libraries that a small system does not have. */
  readonly packages: readonly string[];
}

const known: readonly Package[] = [
  { name: "nginx", path: "usr/sbin/nginx", packages: ["nginx"] },
  { name: "wrk", path: "usr/bin/wrk", packages: ["wrk", "libluajit-5.1-2"] },
];

/** The program; undefined, and said so, when there is no way to it. */
export async function findTool(name: Package["name"]): Promise<Tool | undefined> {
  const wanted = known.find((one) => one.name === name);
  if (wanted === undefined) throw new Error(`nobody knows ${name}`);
  try {
    await run(name, ["-v"]).catch((error: { code?: unknown }) => {
      // wrk says its version and ends with 1.
      if (error.code === "ENOENT") throw error;
    });
    return { command: name, env: {} };
  } catch {
    return unpacked(wanted);
  }
}

async function unpacked({ name, path, packages }: Package): Promise<Tool | undefined> {
  const folder = join(CACHE, "debian", name);
  const command = join(folder, path);
  try {
    if (!(await isThere(command))) {
      say(`getting ${name} from Debian …`);
      await download(folder, packages);
    }
    const { stdout: architecture } = await run("dpkg-architecture", ["-qDEB_HOST_MULTIARCH"]).catch(() => ({
      stdout: `${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`,
    }));
    return { command, env: { LD_LIBRARY_PATH: join(folder, "usr", "lib", architecture.trim()) } };
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    say(
      `SKIPPED: everything with ${name}, which is not installed and cannot be had from Debian (${firstLine(error)}).`,
    );
    return undefined;
  }
}

async function download(folder: string, packages: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const get = () => run("apt-get", ["-qq", "download", ...packages], { cwd: folder });
  await get().catch(async () => {
    // The lists of packages are missing or old; only root may renew them.
    await run("apt-get", ["-qq", "update"]);
    await get();
  });
  const archives = (await readdir(folder)).filter((file) => file.endsWith(".deb"));
  for (const archive of archives) await run("dpkg-deb", ["-x", archive, "."], { cwd: folder });
}

export function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

export function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.trim().split("\n").at(-1) ?? "";
}
