// The composition root: builds the platform, then the rooms, in order and by hand. What a room needs is passed in here and
// nowhere else.
import { randomUUID } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { createGuard, createIdentify, createTokens, createUsers, type Htpasswd } from "./accounts/index.ts";
import { createDocuments } from "./documents/index.ts";
import { createBlobRegister, createServeFiles } from "./files/index.ts";
import { createBehindNginx, createHot, fileRoutes, jsonRoutes, simpleRoutes } from "./index-api/index.ts";
import {
  type Addresses,
  createAddresses,
  createCatalogue,
  createKnownIndexes,
  createPolicies,
  type Index,
  IndexNotFound,
  type ReadGate,
  type Source,
} from "./indexes/index.ts";
import { createColdFiles, createMirrorSource, type Fetcher, UpstreamUnavailable } from "./mirror/index.ts";
import type { Clock } from "./platform/clock/clock.ts";
import type { Rules } from "./platform/config/rules.ts";
import type { ServerSecret } from "./platform/crypto/secret.ts";
import type { Db } from "./platform/db/pool.ts";
import { Problem } from "./platform/errors/problem.ts";
import { createAdmit } from "./platform/http/admit.ts";
import { type Answer, type HeaderList, textAnswer } from "./platform/http/answer.ts";
import { createCommonHeaders, ownOriginPolicy } from "./platform/http/common-headers.ts";
import { corsHeaders } from "./platform/http/cors.ts";
import { createApp } from "./platform/http/create-app.ts";
import { createErrorAnswers, pathOf } from "./platform/http/error-answers.ts";
import type { Forwarded } from "./platform/http/forwarded.ts";
import { createListener, type Listener } from "./platform/http/listener.ts";
import { createSendAnswer } from "./platform/http/send-answer.ts";
import type { Log } from "./platform/log/log.ts";
import type { Shelf } from "./platform/shelf/shelf.ts";
import type { BlobStore } from "./platform/storage/blob-store.ts";
import { createHostedSource, createPublish } from "./projects/index.ts";
import { findTrouble, healthRoutes } from "./site/health-routes.ts";
import { siteRoutes } from "./site/index.ts";
import { statusRoutes } from "./site/status-routes.ts";
import { createUpload, uploadRoutes } from "./upload/index.ts";
import { createDrawProblemPage, staticRoutes } from "./web/index.ts";

/** What the outside provides: a worker makes these, tests make their own. */
export interface AppDeps {
  readonly db: Db;
  readonly store: BlobStore;
  readonly secret: ServerSecret;
  readonly clock: Clock;
  readonly log: Log;
  readonly random: (size: number) => Buffer;
  readonly forwarded: Forwarded;
  readonly htpasswd?: Htpasswd | undefined;
  readonly changes: Changes;
  /** Whoever talks to upstreams for this server; absent while it has no mirror. */
  readonly fetcher?: Fetcher | undefined;
  /** Set when nginx is in front (`--nginx`). */
  readonly front?: Front | undefined;
  readonly settings: AppSettings;
}

export interface Front {
  readonly shelf: Shelf;
  /** Where the disk store keeps bytes. */
  readonly storeFolder: string;
}

/** What workers tell each other. */
export interface Changes {
  /** Resolves when every other worker has been told. A change is anything that JSON can carry. */
  announce(change: unknown): Promise<void>;
  listen(listener: (change: unknown) => void): void;
}

export interface AppSettings {
  /** With scheme and host; its path is the base path. */
  readonly publicUrl: string;
  readonly filesUrl?: string | undefined;
  readonly uploadUrl?: string | undefined;
  readonly rules: Rules;
  readonly readOnly: boolean;
  /** Of this program. */
  readonly version: string;
  /** Bytes of memory for built pages. */
  readonly documentMemory: number;
}

export interface App {
  readonly listener: Listener;
  /** Acts on a change that was made past this program's own services. */
  hear(change: Change): void;
  /** Every address that is declared: `GET /i/:index/simple/:name/`. */
  readonly routes: readonly string[];
  close(): Promise<void>;
}

export async function buildApp(deps: AppDeps): Promise<App> {
  const { db, store, clock, log, forwarded, settings } = deps;
  const addresses = createAddresses(settings);

  const frame = { siteName: "Cheeseshop", version: settings.version, basePath: addresses.basePath };
  const indexes = createKnownIndexes({ db });
  const documents = createDocuments({ maxBytes: settings.documentMemory, now: () => clock.now().epochMilliseconds });
  const fetcher = deps.fetcher ?? noFetcher;
  const catalogue = createCatalogue({
    hosted: createHostedSource(db),
    mirror: createMirrorSource({ db, clock, log, fetcher }),
    policies: createPolicies({ db, clock, rules: settings.rules }),
  });
  const tokens = createTokens({
    db,
    clock,
    secret: deps.secret,
    log,
    location: new URL(addresses.publicUrl).host,
    randomUuid: randomUUID,
    announceRevoked: (id) => deps.changes.announce({ kind: "token-revoked", id }),
  });
  const users = createUsers({ db, clock, random: deps.random, tokens });
  const identify = createIdentify({ tokens, users, htpasswd: deps.htpasswd });
  const guard = createGuard({ identify, clock, helpUrl: addresses.help });
  const elsewhere = createColdFiles({ db, clock, log, fetcher, mayServe: catalogue.mayServe });
  const serveFiles = createServeFiles({ db, store, clock, log, elsewhere });
  const heard = (change: Change) => {
    switch (change.kind) {
      case "project":
        serveFiles.projectChanged(change.project);
        return documents.projectChanged(change.index, change.project);
      case "token-revoked":
        return tokens.forgetToken(change.id);
      case "file":
        return serveFiles.forget(change.blake2b);
      case "everything":
        indexes.forgetAll();
        tokens.forgetAll();
        serveFiles.askAgain();
        return documents.forgetAll();
    }
  };
  const announce = (index: string, project: string) => {
    const change: Change = { kind: "project", index, project };
    heard(change);
    return deps.changes.announce(change);
  };
  const publish = createPublish({
    db,
    clock,
    newId: randomUUID,
    rules: {
      nameSimilarity: settings.rules.nameSimilarity,
      uploadWindowDays: settings.rules.uploadWindow?.total("days"),
    },
    help: addresses.help,
    bytes: createBlobRegister(store),
    announce,
  });
  const upload = createUpload({
    indexes,
    catalogue,
    store,
    publish,
    identify,
    guard,
    addresses,
    log,
    rules: settings.rules,
    readOnly: settings.readOnly,
  });

  deps.changes.listen((change) => {
    if (isChange(change)) heard(change);
  });

  /** The index that a request reads, for what goes wrong after that is known. */
  const indexRead = new WeakMap<IncomingMessage, Index>();

  /** In front of every read interface. */
  const gate: ReadGate = async (request: IncomingMessage, name: string) => {
    const index = await indexes.find(name);
    if (index === undefined) throw new IndexNotFound(name);
    indexRead.set(request, index);
    await guard.admitReader(index, request.headers.authorization);
    return index;
  };

  const sendDirectly = createSendAnswer({
    log,
    headersFor: createCommonHeaders({
      isSecure: (request) => forwarded.isSecure(request),
      isSandboxed: (url) => /^(?:\/i\/[^/]+)?\/simple(?:\/|$)/.test(url),
      contentSecurityPolicy: ownOriginPolicy,
      hstsMaxAge: 31_536_000,
    }),
  });
  const { front } = deps;
  const sendAnswer =
    front === undefined
      ? sendDirectly
      : createBehindNginx({
          ...front,
          indexes,
          documents,
          stored: (blake2b) => store.path(blake2b),
          sendAnswer: sendDirectly,
        });
  const answerError = createErrorAnswers({
    log,
    drawPage: createDrawProblemPage(frame),
    newRequestId: () => randomUUID().slice(0, 8),
    groups: [
      { matches: (path) => uploadPath.test(path), style: "upload", headers: () => [] },
      {
        matches: (path) => apiPath.test(path),
        style: "site",
        headers: (problem, request) => errorHeaders(problem, indexRead.get(request), corsHeaders),
        say: (problem, request) => misplacedUpload(problem, request, addresses),
      },
      {
        matches: () => true,
        style: "site",
        headers: (problem, request) => errorHeaders(problem, indexRead.get(request), []),
        say: (problem, request) => misplacedUpload(problem, request, addresses),
      },
    ],
  });
  const http = createApp({
    sendAnswer,
    answerError,
    unroutedHeaders: async (request) => {
      const path = apiPath.exec(pathOf(request.url ?? "/"));
      if (path === null) return [];
      const index = await indexes.find(path[1] ?? "main").catch(() => undefined);
      return index?.isPrivate === false ? corsHeaders : [];
    },
    basePath: addresses.basePath,
  });
  const routes: string[] = [];
  http.addHook("onRoute", ({ method, url }) => {
    routes.push(...[method].flat().map((one) => `${one} ${url}`));
  });

  simpleRoutes(http, { db, catalogue, documents, addresses, gate });
  jsonRoutes(http, { catalogue, documents, addresses, gate });
  fileRoutes(http, { serveFiles, gate });
  uploadRoutes(http, { upload, addresses });
  const health = { db, store, readOnly: settings.readOnly };
  healthRoutes(http, health);
  statusRoutes(http, {
    frame,
    findTrouble: (forUpload) => findTrouble(health, forUpload),
    indexes,
    fetcher,
    mayRead: async (index, authorization) => {
      try {
        await guard.admitReader(index, authorization);
        return true;
      } catch (error) {
        if (error instanceof Problem) return false;
        throw error;
      }
    },
  });
  const installation = {
    rules: settings.rules,
    takesPasswords: deps.htpasswd !== undefined,
    isReadOnly: settings.readOnly,
  };
  siteRoutes(http, { db, catalogue, documents, addresses, gate, frame, installation });
  staticRoutes(http, frame);
  await http.ready();

  const listen = createListener({
    admit: createAdmit({ log, forwarded, publicUrl: new URL(addresses.publicUrl) }),
    hot: createHot({ indexes, documents, serveFiles }),
    app: http,
    sendAnswer,
    answerError,
  });
  const { basePath } = addresses;
  return {
    routes,
    hear: heard,
    listener(request, response) {
      // A proxy may pass the base path on or take it away: both arrive at the same routes.
      if (basePath !== "" && request.url?.startsWith(`${basePath}/`)) request.url = request.url.slice(basePath.length);
      listen(request, response);
    },
    close: () => http.close(),
  };
}

/** A server that asks no upstream: what is known of one is served, and nothing else. */
const noFetcher: Omit<Fetcher, "close"> = {
  refreshProject: (source, name) => unasked(source, `The project ${name}`),
  fetchReleaseMetadata: async () => false,
  openFile: (source, { filename }) => unasked(source, filename),
  fetchMetadataSibling: (source, { filename }) => unasked(source, `${filename}.metadata`),
  states: async () => [],
};

async function unasked(source: Source, what: string): Promise<never> {
  throw new UpstreamUnavailable(what, `Nothing asks the upstream of ${source.name}.`, 60);
}

const uploadPath = /^(?:\/i\/[^/]+)?\/legacy(?:\/|$)/;
/** What programs read, from anywhere. */
const apiPath = /^(?:\/i\/([^/]+))?\/(?:simple|pypi|packages)(?:\/|$)/;

/** Everybody may know what goes wrong with a public index; of a private one nobody keeps it. A 401 says so itself. */
function errorHeaders(problem: Problem | undefined, index: Index | undefined, open: HeaderList): HeaderList {
  if (index === undefined) return [];
  if (!index.isPrivate) return open;
  return problem?.status === 401 ? [] : ["Cache-Control", "private, no-cache", "Vary", "Authorization"];
}

/** Someone sends a distribution to a page that is only read: the answer names the address that takes it. */
function misplacedUpload(problem: Problem, request: IncomingMessage, addresses: Addresses): Answer | undefined {
  const isForm = request.headers["content-type"]?.startsWith("multipart/form-data") ?? false;
  if (request.method !== "POST" || !isForm || (problem.status !== 405 && problem.status !== 404)) return undefined;
  const index = /^\/i\/([^/]+)\//.exec(request.url ?? "")?.[1] ?? "main";
  const text = `Uploads go to ${addresses.upload(index)}`;
  return { ...textAnswer(405, text, Object.entries(problem.headers).flat()), reason: text };
}

/** A change that every process must hear of; one of a project is also told by the database, when it is committed. */
export type Change =
  | { readonly kind: "project"; readonly index: string; readonly project: string }
  | { readonly kind: "token-revoked"; readonly id: string }
  /** Stored bytes were lost or deleted. */
  | { readonly kind: "file"; readonly blake2b: string }
  /** Changes may have been missed. */
  | { readonly kind: "everything" };

const changeKinds: readonly unknown[] = ["project", "token-revoked", "file", "everything"] satisfies Change["kind"][];

/** Whoever has the database's password can notify; those who say a known kind say the rest right. */
function isChange(change: unknown): change is Change {
  return typeof change === "object" && change !== null && "kind" in change && changeKinds.includes(change.kind);
}
