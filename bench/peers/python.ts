// The servers written in Python, in environments of their own, from whatever index pip is configured for.
import { execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { CACHE } from "../places.ts";
import { say } from "../progress.ts";
import { firstLine, isThere } from "./debian.ts";

const run = promisify(execFile);

const requirements = {
  // With what its cache needs; whether it is used is said when it is started.
  pypiserver: ["pypiserver", "watchdog"],
  devpi: ["devpi-server"],
  proxpi: ["proxpi", "gunicorn"],
  // No server: what the standards are measured beside.
  packaging: ["packaging==26.2"],
} as const;

export interface PythonPeer {
  readonly version: string;
  /** The address of one of its programs. */
  readonly program: (name: string) => string;
}

/** Undefined, and said so, when it cannot be installed here. */
export async function installPython(name: keyof typeof requirements): Promise<PythonPeer | undefined> {
  const folder = join(CACHE, "python", name);
  const program = (file: string) => join(folder, "bin", file);
  const complete = join(folder, "complete");
  try {
    if (!(await isThere(complete))) {
      say(`installing ${requirements[name].join(" and ")} …`);
      await rm(folder, { recursive: true, force: true });
      await mkdir(join(CACHE, "python"), { recursive: true });
      await run("python3", ["-m", "venv", folder]);
      await run(program("pip"), ["install", "--quiet", ...requirements[name]]);
      await writeFile(complete, "");
    }
    const { stdout } = await run(program("pip"), ["show", name === "devpi" ? "devpi-server" : name]);
    return { version: /^Version: (.*)$/m.exec(stdout)?.[1] ?? "", program };
  } catch (error) {
    say(`SKIPPED: everything with ${name}, which pip cannot install here (${firstLine(error)}).`);
    return undefined;
  }
}
