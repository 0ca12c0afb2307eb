// What tests of a running server do as its clients: upload, read a project whole, compare every byte.
import { createHash } from "node:crypto";
import type { Distribution } from "./distributions.ts";
import type { RunningServer } from "./running-server.ts";
import { basic, uploadRequest } from "./upload-request.ts";

type Server = Pick<RunningServer, "url" | "simple" | "legacy" | "token">;

export interface Answered {
  readonly status: number;
  /** The reason phrase, which is what twine prints. */
  readonly reason: string;
  readonly headers: Headers;
}

/** Uploads as twine does. Rejects when the connection breaks before an answer. */
export async function upload(
  server: Server,
  distribution: Distribution,
  fields: Readonly<Record<string, string>> = {},
): Promise<Answered> {
  const { method, headers, payload } = uploadRequest(distribution, {
    authorization: basic("__token__", server.token),
    fields,
  });
  const { "content-length": _, ...rest } = headers;
  const response = await fetch(server.legacy, { method, headers: rest, body: new Uint8Array(payload) });
  await response.arrayBuffer();
  return { status: response.status, reason: response.statusText, headers: response.headers };
}

export interface ListedFile {
  readonly filename: string;
  readonly url: string;
  readonly hashes: { readonly sha256: string };
  readonly "core-metadata": false | { readonly sha256: string };
}

export interface SimplePage {
  readonly files: readonly ListedFile[];
  readonly versions: readonly string[];
  readonly meta: { readonly "_last-serial": number };
}

interface ProjectJson {
  readonly last_serial: number;
  readonly releases: Readonly<Record<string, readonly { readonly filename: string }[]>>;
}

const SIMPLE_JSON = { accept: "application/vnd.pypi.simple.v1+json" };

export async function listProjects(server: Server): Promise<readonly string[]> {
  const { projects } = await getJson<{ projects: readonly { name: string }[] }>(server.simple, SIMPLE_JSON);
  return projects.map(({ name }) => name);
}

export function readPage(server: Server, project: string): Promise<SimplePage> {
  return getJson(`${server.simple}${project}/`, SIMPLE_JSON);
}

/**
 * Reads a project by every interface and compares what they say: each listed file is in the JSON too, and at its address
 * with the promised bytes and metadata. Returns SHA-256 by file name. Throws where anything is half there.
 */
export async function readWhole(server: Server, project: string): Promise<ReadonlyMap<string, string>> {
  const page = await readPage(server, project);
  const html = await getBytes(`${server.simple}${project}/`);
  const api = await getJson<ProjectJson>(`${server.url}pypi/${project}/json`, {});
  if (api.last_serial !== page.meta["_last-serial"]) throw new Error(`${project}: its pages differ in their serial`);
  const inApi = Object.values(api.releases).flatMap((files) => files.map(({ filename }) => filename));
  const found = new Map<string, string>();
  for (const { filename, url, hashes, "core-metadata": metadata } of page.files) {
    const address = new URL(url, server.url);
    const sha256 = digestOf(await getBytes(address));
    if (sha256 !== hashes.sha256) throw new Error(`${filename} has other bytes than its page says`);
    if (metadata && digestOf(await getBytes(`${address}.metadata`)) !== metadata.sha256) {
      throw new Error(`${filename} has other metadata than its page says`);
    }
    if (!inApi.includes(filename)) throw new Error(`${filename} is not in the JSON API`);
    if (!html.includes(`>${filename}</a>`)) throw new Error(`${filename} is not on the HTML page`);
    found.set(filename, sha256);
  }
  if (inApi.length !== found.size) throw new Error(`${project}: the JSON API has files that the page has not`);
  return found;
}

async function getBytes(url: string | URL, headers: Readonly<Record<string, string>> = {}): Promise<Buffer> {
  const response = await fetch(url, { headers });
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status !== 200) throw new Error(`${url}: ${response.status} ${response.statusText}`);
  return bytes;
}

/** Whoever asks knows what comes. */
async function getJson<Body>(url: string, headers: Readonly<Record<string, string>>): Promise<Body> {
  return JSON.parse((await getBytes(url, headers)).toString());
}

function digestOf(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
