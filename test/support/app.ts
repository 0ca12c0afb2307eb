import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { QueryId } from "kysely";
import { createTokens, createUsers, type Tokens, type Users } from "../../src/accounts/index.ts";
import { buildApp } from "../../src/app.ts";
import { putInFront } from "../../src/cli/put-in-front.ts";
import { createFetcher, createUpstreamClients } from "../../src/mirror/index.ts";
import { camel } from "../../src/platform/config/camel.ts";
import { type Preset, type Rules, rules } from "../../src/platform/config/rules.ts";
import { parseServerSecret } from "../../src/platform/crypto/secret.ts";
import { createForwarded, parseProxies } from "../../src/platform/http/forwarded.ts";
import type { Listener } from "../../src/platform/http/listener.ts";
import { createDiskStore } from "../../src/platform/storage/disk-store.ts";
import { type TemporaryDatabase, temporaryDatabase } from "./database.ts";
import type { Distribution } from "./distributions.ts";
import { type InjectedRequest, inject } from "./http.ts";
import { recordingLog } from "./log.ts";
import { basic, type UploadOptions, uploadRequest } from "./upload-request.ts";

export { basic, type UploadOptions, uploadRequest };

export interface TestAppOptions {
  readonly preset?: Preset;
  /** As `--rule NAME=VALUE` would say it. */
  readonly rules?: Partial<Record<keyof typeof rules, string>>;
  readonly publicUrl?: string;
  readonly filesUrl?: string;
  readonly readOnly?: boolean;
  /** Bytes that must stay free; more than any disk has, to try a full one. */
  readonly minFree?: number;
  /** The simple index that `main` is put in front of, as `--upstream` does. */
  readonly upstream?: string;
  readonly offline?: boolean;
}

export type TestApp = Awaited<ReturnType<typeof createTestApp>>;

/** The whole program on a database and a folder of its own, without a socket. To be closed. */
export async function createTestApp(options: TestAppOptions = {}) {
  const database: TemporaryDatabase = await temporaryDatabase();
  const folder = await mkdtemp(join(tmpdir(), "cheeseshop-app-"));
  let now = Temporal.Instant.from("2026-05-04T10:00:00.123456Z");
  const clock = { now: () => now };
  const { log, lines } = recordingLog();
  const listeners: ((change: unknown) => void)[] = [];
  const announced: unknown[] = [];
  const secret = parseServerSecret("5".repeat(64), "the test");
  const store = await createDiskStore(folder, { log, minFree: options.minFree ?? 0 });
  let queries = 0;
  let late = 0;
  let holding: Promise<void> | undefined;
  const held = new WeakMap<QueryId, Promise<void>>();
  const watched = database.db.withPlugin({
    transformQuery: ({ node, queryId }) => {
      queries++;
      if (holding !== undefined) held.set(queryId, holding);
      return node;
    },
    transformResult: async ({ result, queryId }) => {
      const until = held.get(queryId);
      if (until !== undefined) late++;
      await until;
      return result;
    },
  });
  if (options.upstream !== undefined) await putInFront(database.db, options.upstream);
  const clients = createUpstreamClients({
    db: watched,
    clock,
    log,
    userAgent: "cheeseshop/test",
    isOffline: options.offline ?? false,
    limits: { totalMs: 5000 },
  });
  const freshFor = Temporal.Duration.from({ minutes: 10 });
  const fetcher = createFetcher({ db: watched, store, clock, log, clients, freshFor });
  const app = await buildApp({
    db: watched,
    store,
    secret,
    clock,
    log,
    random: randomBytes,
    forwarded: createForwarded(parseProxies([])),
    changes: {
      announce: async (change) => void announced.push(change),
      listen: (listener) => void listeners.push(listener),
    },
    fetcher,
    settings: {
      publicUrl: options.publicUrl ?? "http://index.test/",
      filesUrl: options.filesUrl,
      rules: rulesOf(options),
      readOnly: options.readOnly ?? false,
      version: "0.0.0",
      documentMemory: 8 * 1024 * 1024,
    },
  });
  const tokens: Tokens = createTokens({
    db: database.db,
    clock,
    secret,
    log,
    location: "index.test",
    randomUuid: () => crypto.randomUUID(),
    announceRevoked: async (id) => {
      for (const listener of listeners) listener({ kind: "token-revoked", id });
    },
  });
  const users: Users = createUsers({ db: database.db, clock, random: randomBytes, tokens });

  return {
    listener: app.listener as Listener,
    routes: app.routes,
    folder,
    db: database.db,
    database,
    store,
    tokens,
    users,
    log: lines,
    clock,
    passTime: (duration: Temporal.DurationLike) => {
      now = now.add(duration);
    },
    /** Statements that the program has sent so far. */
    queries: () => queries,
    /**
     * Runs `ask`; what the database answers to the statements that it begins at once arrives only after `meanwhile`.
     * Returns what `ask` returned.
     */
    async withLateRows<Result>(ask: () => Promise<Result>, meanwhile: () => Promise<unknown>): Promise<Result> {
      const { promise, resolve } = Promise.withResolvers<void>();
      const before = late;
      holding = promise;
      const asked = ask();
      // Read, not only asked for: what is done meanwhile may be faster than a new connection.
      while (late === before) await new Promise(setImmediate);
      holding = undefined;
      await meanwhile().finally(resolve);
      return asked;
    },
    /** What other processes were told so far. */
    announced: (): readonly unknown[] => announced,
    /** For tests that change rows past the program's own services. */
    hear: app.hear,
    announce: async (index: string, project: string) => app.hear({ kind: "project", index, project }),
    /** A user with a token that may read and upload everywhere. */
    async makeUploader(username = `user-${randomBytes(4).toString("hex")}`) {
      const user = await users.createUser({ username, email: `${username}@example.com`, isVerified: true });
      const { token } = await tokens.createToken({ userId: user.id, scope: "account", actions: ["read", "upload"] });
      return { user, token, authorization: basic("__token__", token) };
    },
    request: (request: InjectedRequest) => inject(app.listener, request),
    get: (url: string, headers: Record<string, string> = {}) => inject(app.listener, { url, headers }),
    upload: (distribution: Distribution, authorization: string, form: Partial<UploadOptions> = {}) =>
      inject(app.listener, uploadRequest(distribution, { authorization, ...form })),
    /** Files that stand in the store's temporary folder. */
    temporaryFiles: () => readdir(join(folder, "tmp")),
    async close() {
      await app.close();
      await fetcher.close();
      await store.close();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}

export function rulesOf({ preset = "relaxed", rules: own = {} }: Pick<TestAppOptions, "preset" | "rules">): Rules {
  return Object.fromEntries(
    Object.entries(rules).map(([name, rule]) => [
      camel(name),
      rule.parse(own[name as keyof typeof rules] ?? rule[preset]),
    ]),
  ) as unknown as Rules;
}
