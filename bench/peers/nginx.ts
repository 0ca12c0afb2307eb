// nginx twice: sending the bytes that we send as static files, and in front of our server.
import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { wholeConfiguration } from "../../test/support/nginx.ts";
import type { Sample } from "../load.ts";
import { SCRATCH } from "../places.ts";
import { freePort, start } from "../processes.ts";
import { say } from "../progress.ts";
import type { Tool } from "./debian.ts";
import { firstLine } from "./debian.ts";
import { type Ours, PROGRAM } from "./ours.ts";
import type { Subject, Target } from "./target.ts";

/** What our server sends, as static files: compressed pages beside the place of the plain ones (`gzip_static`). */
export async function startStaticNginx(nginx: Tool, samples: ReadonlyMap<Subject, Sample>): Promise<Target> {
  const root = join(SCRATCH, "static");
  await mkdir(root, { recursive: true, mode: 0o755 });
  for (const [subject, { body, headers }] of samples) {
    const isCompressed = headers["content-encoding"] === "gzip";
    await writeFile(join(root, isCompressed ? `${subject}.gz` : subject), body);
    // nginx sends the compressed one only where it is allowed to send the plain one.
    if (isCompressed) await writeFile(join(root, subject), "plain");
  }
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const server = `
    server {
      listen 127.0.0.1:${port};
      root ${root};
      default_type "text/html; charset=UTF-8";
      gzip_static on;
    }`;
  const running = await startNginx(nginx, "nginx static", server);
  const any = [...samples.keys()][0];
  return {
    name: "nginx static",
    roots: [running.pid],
    startUp: await running.answering(`${url}${any}`),
    isSlow: false,
    address: async (subject) => (samples.has(subject) ? `${url}${subject}` : undefined),
    stop: () => running.stop(),
  };
}

/** nginx with the configuration that our own command prints, on a port of its own; undefined when the command does not work. */
export async function startNginxInFront(nginx: Tool, ours: Ours): Promise<Target | undefined> {
  const port = await freePort();
  let printed: string;
  try {
    const words = [PROGRAM, "nginx-config", "--data", ours.data, "--port", String(ours.port), "--listen"];
    printed = (await promisify(execFile)(process.execPath, [...words, `127.0.0.1:${port}`])).stdout;
  } catch (error) {
    say(`SKIPPED: ours behind nginx, because \`cheeseshop nginx-config\` does not work (${firstLine(error)}).`);
    return undefined;
  }
  const url = `http://127.0.0.1:${port}/`;
  const running = await startNginx(nginx, "ours behind nginx", printed);
  return {
    name: "ours behind nginx",
    // Everything that a request passes through counts.
    roots: [running.pid, ...ours.roots],
    startUp: await running.answering(`${url}simple/`),
    isSlow: false,
    async address(subject) {
      const there = await ours.address(subject);
      return there?.replace(ours.url, url);
    },
    stop: () => running.stop(),
  };
}

/** With these server blocks; what it writes goes into the run's folder. */
export async function startNginx({ command, env }: Tool, name: string, servers: string) {
  const prefix = join(SCRATCH, name.replaceAll(" ", "-"));
  await mkdir(prefix, { recursive: true, mode: 0o755 });
  const file = join(prefix, "nginx.conf");
  await writeFile(file, wholeConfiguration(servers));
  const words = ["-p", prefix, "-e", join(prefix, "error.log"), "-c", file];
  return start(name, command, words, env);
}
