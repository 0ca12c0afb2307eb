import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Tool } from "../../bench/peers/debian.ts";
import { eventually, isRunning } from "./server-process.ts";

/** A whole configuration around server blocks: one worker, no access log, and the rest as nginx has it by default, but that busy connections may stay. */
export function wholeConfiguration(servers: string): string {
  const folders = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((kind) => `${kind}_temp_path ${kind};`);
  return `
  ${process.getuid?.() === 0 ? "user root;" : ""}
  worker_processes 1;
  daemon off;
  pid nginx.pid;
  events { worker_connections 1024; }
  http {
    ${folders.join(" ")}
    access_log off;
    sendfile on;
    tcp_nopush on;
    keepalive_requests 1000000000;
    ${servers}
  }`;
}

/** An nginx with these server blocks in its http block, which answers at `url`. To be stopped. */
export async function startNginx({ command, env }: Tool, servers: string, url: string) {
  const prefix = await mkdtemp(join(tmpdir(), "cheeseshop-nginx-"));
  await mkdir(prefix, { recursive: true });
  await writeFile(join(prefix, "nginx.conf"), wholeConfiguration(servers));
  const words = ["-p", prefix, "-e", join(prefix, "error.log"), "-c", join(prefix, "nginx.conf")];
  const child = spawn(command, words, { env: { ...process.env, ...env }, stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    said += text;
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  const { pid } = child;
  await eventually("nginx to answer", async () => {
    if (pid === undefined || !isRunning(pid)) throw new Error(`nginx ended: ${said}`);
    return fetch(url).then(
      (response) => {
        void response.body?.cancel();
        return true;
      },
      () => false,
    );
  });
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      await ended;
      await rm(prefix, { recursive: true, force: true });
    },
  };
}

/** A port of the loopback interface that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
