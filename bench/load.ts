// Asks a server the same question again and again, and counts what it costs the server.
import { spawn } from "node:child_process";
import http from "node:http";
import type { Tool } from "./peers/debian.ts";
import { adopt } from "./processes.ts";
import { cpuOf } from "./usage.ts";

export interface Question {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What the answer must be. */
  readonly status: 200 | 304;
}

export interface Answered {
  readonly requests: number;
  /** Of the wall clock. */
  readonly seconds: number;
  /** Of the server's processes. */
  readonly cpu: number;
}

/** An answer as it came, before it is asked for thousands of times. */
export interface Sample {
  readonly status: number;
  readonly rawHeaders: readonly string[];
  readonly headers: http.IncomingHttpHeaders;
  /** As sent: compressed if it was. */
  readonly body: Buffer;
}

/** Asks once. */
export function ask({ url, headers }: Omit<Question, "status">, agent?: http.Agent): Promise<Sample> {
  return new Promise((resolve, reject) => {
    const request = http.get(url, { headers, ...(agent && { agent }), timeout: 120_000 }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => void parts.push(part));
      response.on("error", reject);
      response.on("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          rawHeaders: response.rawHeaders,
          headers: response.headers,
          body: Buffer.concat(parts),
        }),
      );
    });
    request.on("timeout", () => request.destroy(new Error(`no answer from ${url} in two minutes`)));
    request.on("error", reject);
  });
}

export interface LoadOptions {
  readonly question: Question;
  readonly connections: number;
  readonly seconds: number;
  /** Processes whose CPU counts, each with its children. */
  readonly roots: readonly number[];
}

/** With wrk: for servers that answer thousands of times a second. What is under way at the end is left out of the count. */
export async function loadWithWrk(wrk: Tool, options: LoadOptions): Promise<Answered> {
  const { question, connections, seconds, roots } = options;
  const headers = Object.entries(question.headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const words = ["-t1", `-c${connections}`, `-d${seconds}s`, "--timeout", "30s", ...headers, question.url];
  const before = cpuOf(roots);
  const text = await outputOf(wrk, words);
  const cpu = cpuOf(roots) - before;
  const [, requests, elapsed, unit] = /(\d+) requests in ([\d.]+)(ms|s|m),/.exec(text) ?? [];
  const trouble = /Non-2xx or 3xx responses: .*|Socket errors: .*/.exec(text)?.[0];
  if (requests === undefined || elapsed === undefined || trouble !== undefined) {
    throw new Error(`wrk on ${question.url}: ${trouble ?? text}`);
  }
  const factor = unit === "ms" ? 0.001 : unit === "m" ? 60 : 1;
  return { requests: Number(requests), seconds: Number(elapsed) * factor, cpu };
}

/** With a client of our own that lets every request come to its end: for slow servers, and where there is no wrk. */
export async function loadWithNode({ question, connections, seconds, roots }: LoadOptions): Promise<Answered> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const before = cpuOf(roots);
  const began = performance.now();
  const end = began + seconds * 1000;
  let requests = 0;
  async function askOn(): Promise<void> {
    while (performance.now() < end) {
      const { status } = await ask(question, agent);
      if (status !== question.status) throw new Error(`${question.url} answered ${status}`);
      requests++;
    }
  }
  try {
    await Promise.all(Array.from({ length: connections }, askOn));
  } finally {
    agent.destroy();
  }
  return { requests, seconds: (performance.now() - began) / 1000, cpu: cpuOf(roots) - before };
}

function outputOf({ command, env }: Tool, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
    adopt(child);
    let text = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
    }
    child.on("error", reject);
    child.on("close", () => resolve(text));
  });
}
