// A stand-in for the index that a mirror mirrors: a real server on loopback that does what a test tells it to.
import { once } from "node:events";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { Distribution } from "./distributions.ts";
import { answerFile, answerPage, answerReleaseJson, answerRoot, type FakeAnswer } from "./fake-upstream-answers.ts";
import {
  DEFAULT_FORM,
  type FakeProject,
  type Form,
  fileAt,
  type Publication,
  publication,
} from "./fake-upstream-form.ts";
import { type Misbehaviour, misbehave } from "./fake-upstream-trouble.ts";
import { SELF_SIGNED } from "./self-signed.ts";

export interface FakeUpstreamOptions {
  readonly form?: Partial<Form>;
  /** What an index of a million projects has: asked for names that nobody published. */
  readonly rule?: (name: string) => readonly Distribution[] | undefined;
  /** Serves https with SELF_SIGNED. */
  readonly tls?: boolean;
}

/** One request that arrived. */
export interface SeenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
}

export interface Hold {
  /** Resolves when the first request has come. */
  readonly arrived: Promise<void>;
  /** Lets those that came, and all that come later, go on. */
  release(): void;
}

export type FakeUpstream = Awaited<ReturnType<typeof startFakeUpstream>>;

/**
 * An index on two free ports of 127.0.0.1 (the second is a file host). Close it at the end of the test.
 *
 * ```ts
 * const upstream = await startFakeUpstream({ form: { page: "html" } });
 * upstream.publish(buildWheel({ name: "acme" }), { uploadedAt: "2026-01-02T03:04:05.000600Z", yanked: "bad" });
 * client(upstream.url);                                 // its simple index, `http://127.0.0.1:…/simple/`
 * upstream.count(upstream.pathOf(wheel));               // how often the file was asked for; also `/simple/acme/`
 * upstream.form.etag = false;                           // how it answers from now on: fake-upstream-form.ts
 * upstream.misbehave({ kind: "status", status: 503 });  // everything; or one path: fake-upstream-trouble.ts
 * upstream.misbehave({ kind: "hang" }, "/simple/acme/");
 * upstream.heal();                                      // as before, everywhere
 * const hold = upstream.hold(upstream.pathOf(wheel), 1000);  // answers 1000 bytes, then waits
 * await hold.arrived; hold.release();
 * await upstream.down(); await upstream.up();           // refuses connections; listens again on the same ports
 * ```
 */
export async function startFakeUpstream({ form: chosen = {}, rule, tls = false }: FakeUpstreamOptions = {}) {
  const form: Form = { ...DEFAULT_FORM, ...chosen };
  const projects = new Map<string, FakeProject>();
  const ofRules = new Map<string, FakeProject>();
  const troubles = new Map<string, Misbehaviour>();
  const holds = new Map<string, { after: number; arrive: () => void; released: Promise<void> }>();
  const requests: SeenRequest[] = [];
  let serial = 0;

  const findProject = (name: string): FakeProject | undefined => {
    const key = normalize(name);
    const known = projects.get(key) ?? ofRules.get(key);
    if (known) return known;
    const files = rule?.(key);
    if (!files) return undefined;
    const made = { name: files[0]?.name ?? name, serial: ++serial, files: files.map((file) => publication(file, {})) };
    ofRules.set(key, made);
    return made;
  };
  const findFile = (path: string): Publication | undefined => {
    for (const { files } of [...projects.values(), ...ofRules.values()]) {
      const found = files.find((file) => fileAt(file, form) === path);
      if (found) return found;
    }
    return undefined;
  };

  function answer(request: IncomingMessage, path: string): FakeAnswer {
    const [, top = "", name = "", ...rest] = path.split("/").map(decodeURIComponent);
    if (top === "simple" && name === "") return answerRoot([...projects.values()], request, form);
    if (top === "simple") {
      const project = findProject(name);
      if (project && (name !== normalize(name) || rest.length === 0)) {
        const headers = { Location: `/simple/${normalize(name)}/` };
        return { status: form.redirect, headers, body: Buffer.alloc(0) };
      }
      if (project) return answerPage(project, request, form, fileOrigin());
    }
    if (top === "pypi" && rest.at(-1) === "json" && form.releaseJson) {
      const found = answerReleaseJson(findProject(name), rest.length > 1 ? rest[0] : undefined);
      if (found) return found;
    }
    const file = findFile(path.replace(/\.metadata$/, ""));
    const found = file && answerFile(file, path.endsWith(".metadata"), request, form);
    return found ?? { status: 404, headers: { "Content-Type": "text/plain" }, body: Buffer.from("404 Not Found") };
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url?.split("?")[0] ?? "/";
    requests.push({ method: request.method ?? "", path, headers: request.headers });
    const trouble = troubles.get(path) ?? troubles.get("*");
    const given = answer(request, path);
    const hold = holds.get(path) ?? holds.get("*");
    if (hold?.after === 0) {
      hold.arrive();
      await hold.released;
    }
    if (trouble) return misbehave(trouble, given, request, response);
    const body = request.method === "HEAD" ? Buffer.alloc(0) : given.body;
    response.writeHead(given.status, { "Content-Length": given.body.length, ...given.headers });
    if (hold && hold.after > 0) {
      response.write(body.subarray(0, hold.after));
      hold.arrive();
      await hold.released;
      response.end(body.subarray(hold.after));
    } else response.end(body);
  }

  const listener = (request: IncomingMessage, response: ServerResponse) =>
    void handle(request, response).catch((error) => response.destroy(error));
  const create = () => (tls ? createTlsServer(SELF_SIGNED, listener) : createServer(listener));
  const ports: [number, number] = [0, 0];
  let servers: Server[] = [];
  const up = async () => {
    servers = [create(), create()];
    for (const [at, server] of servers.entries()) {
      await once(server.listen(ports[at as 0 | 1], "127.0.0.1"), "listening");
      ports[at as 0 | 1] = (server.address() as AddressInfo).port;
    }
  };
  const down = async () => {
    const closing = servers.splice(0).map(async (server) => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    await Promise.all(closing);
  };
  await up();
  const originAt = (at: 0 | 1) => `${tls ? "https" : "http"}://127.0.0.1:${ports[at]}`;
  const fileOrigin = () => (form.fileHost === "other" ? originAt(1) : originAt(0));

  return {
    /** Changed by assignment: `upstream.form.page = "html"`. */
    form,
    origin: originAt(0),
    fileHost: originAt(1),
    /** Of the simple index, with a slash at the end. */
    url: `${originAt(0)}/simple/`,
    requests: requests as readonly SeenRequest[],
    /** Adds a file, or replaces the one of that name; a project comes with its first file. */
    publish(distribution: Distribution, how: Partial<Omit<Publication, "distribution">> = {}): void {
      const key = normalize(distribution.name);
      const before = findProject(distribution.name);
      const files = (before?.files ?? []).filter((file) => file.distribution.filename !== distribution.filename);
      const project = {
        name: distribution.name,
        ...before,
        serial: ++serial,
        files: [...files, publication(distribution, how)],
      };
      projects.set(key, project);
      ofRules.delete(key);
    },
    /** A project without files, or with another spelling or status. */
    describe(name: string, facts: Partial<Pick<FakeProject, "name" | "status" | "statusReason">> = {}): void {
      projects.set(normalize(name), { name, files: [], ...findProject(name), ...facts, serial: ++serial });
    },
    /** Takes away a file, or the whole project. */
    remove(name: string, filename?: string): void {
      const project = findProject(name);
      if (!project) return;
      if (filename === undefined) projects.delete(normalize(name));
      else {
        const files = project.files.filter((file) => file.distribution.filename !== filename);
        projects.set(normalize(name), { ...project, serial: ++serial, files });
      }
    },
    /** The path of a published file; its metadata sibling is at `.metadata` after it. */
    pathOf(distribution: Distribution): string {
      return fileAt(publication(distribution, {}), form);
    },
    /** Requests for a path so far, or for everything. */
    count(path?: string): number {
      return path === undefined ? requests.length : requests.filter((request) => request.path === path).length;
    },
    /** Answers a path, or everything, with trouble until `heal`. */
    misbehave(trouble: Misbehaviour, path = "*"): void {
      troubles.set(path, trouble);
    },
    heal(path?: string): void {
      if (path === undefined) troubles.clear();
      else troubles.delete(path);
    },
    /** Answers to a path (`*`: all) wait for `release`: before their head, or after so many bytes of the body. */
    hold(path: string, after = 0): Hold {
      const arrived = Promise.withResolvers<void>();
      const released = Promise.withResolvers<void>();
      holds.set(path, { after, arrive: arrived.resolve, released: released.promise });
      const release = () => {
        holds.delete(path);
        released.resolve();
      };
      return { arrived: arrived.promise, release };
    },
    up,
    down,
    close: down,
  };
}

function normalize(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}
