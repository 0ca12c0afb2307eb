// How long others wait while large files arrive: small requests of all kinds at a steady pace, whether or not the ones before
// have been answered.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { buildWheel } from "./distributions.ts";
import { uploadFresh } from "./fresh.ts";
import { readPage } from "./index-client.ts";
import type { LargeUploads } from "./large-uploads.ts";

interface Server {
  readonly url: string;
  readonly simple: string;
  readonly legacy: string;
  readonly token: string;
}

interface Question {
  readonly kind: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly status: number;
  readonly agent: Agent | false;
}

export interface Waited {
  readonly kind: string;
  /** Milliseconds until the last byte of the answer. */
  readonly took: number;
}

const PROGRAM = fileURLToPath(new URL("./large-uploads.ts", import.meta.url));
/** Milliseconds between two requests. */
const PACE = 20;

/** Asks beside so many uploads at once; every request's time. Throws when an upload or a request fails. */
export async function askBesideUploads(
  server: Server,
  { count, size, stem = "large" }: { count: number; size: number; stem?: string },
  adopt: (child: ChildProcess) => void = () => {},
): Promise<{ readonly waited: readonly Waited[]; readonly seconds: number }> {
  const plan: LargeUploads = { legacy: server.legacy, token: server.token, count, size, stem };
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(plan)], { stdio: ["pipe", "pipe", "inherit"] });
  adopt(child);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  const agent = new Agent({ keepAlive: true });
  try {
    const questions = await questionsFor(server, agent);
    if ((await lines.next()).done) throw new Error("the large uploads could not be prepared");
    const asked: Promise<Waited>[] = [];
    const began = performance.now();
    const timer = setInterval(() => {
      const question = questions[asked.length % questions.length];
      if (question) asked.push(ask(question));
    }, PACE);
    child.stdin.write("go\n");
    try {
      const { value } = await lines.next();
      const statuses: readonly number[] = JSON.parse(value ?? "[]");
      if (statuses.length !== count || statuses.some((status) => status !== 200)) {
        throw new Error(`the large uploads were answered with ${value}`);
      }
    } finally {
      clearInterval(timer);
    }
    const seconds = (performance.now() - began) / 1000;
    return { waited: await Promise.all(asked), seconds };
  } finally {
    agent.destroy();
    if (child.exitCode === null) child.kill("SIGKILL");
  }
}

async function questionsFor(server: Server, agent: Agent): Promise<readonly Question[]> {
  for (const wheel of [buildWheel({ name: "little" }), buildWheel({ name: "middling", padding: 300_000 })]) {
    await uploadFresh(server, wheel);
  }
  const addressOf = async (project: string) =>
    new URL((await readPage(server, project)).files[0]?.url ?? "", server.url).href;
  const page = `${server.simple}little/`;
  const etag = (await fetch(page, { headers: { "accept-encoding": "identity" } })).headers.get("etag") ?? "";
  const kinds = [
    { kind: "304", url: page, headers: { "if-none-match": etag }, status: 304 },
    { kind: "page", url: page, headers: {}, status: 200 },
    { kind: "JSON", url: `${server.url}pypi/little/json`, headers: {}, status: 200 },
    { kind: "small file", url: await addressOf("little"), headers: {}, status: 200 },
    { kind: "file of 300 KB", url: await addressOf("middling"), headers: {}, status: 200 },
    { kind: "page for people", url: `${server.url}project/little/`, headers: {}, status: 200 },
  ];
  return kinds.flatMap((one) => [
    { ...one, agent },
    { ...one, kind: `${one.kind}, new connection`, agent: false as const },
  ]);
}

async function ask({ kind, url, headers, status, agent }: Question): Promise<Waited> {
  const began = performance.now();
  const asked = request(url, { agent, headers }).end();
  const [response] = await once(asked, "response");
  response.resume();
  await once(response, "end");
  if (response.statusCode !== status) throw new Error(`${kind}: ${url} answered ${response.statusCode}`);
  return { kind, took: performance.now() - began };
}

/** The longest of each kind and of all, in milliseconds, longest first. */
export function longestOf(waited: readonly Waited[]): readonly Waited[] {
  const longest = new Map<string, number>();
  for (const { kind, took } of waited) longest.set(kind, Math.max(took, longest.get(kind) ?? 0));
  return [...longest].map(([kind, took]) => ({ kind, took })).toSorted((a, b) => b.took - a.took);
}
