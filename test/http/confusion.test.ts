// An attacker publishes on the upstream whatever names he learns of. Whatever order things happen in, an index in front of it
// never shows a page, a release or a file of his for a name that is kept here, and never even asks for it.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  claimNames,
  claimsOf,
  createCatalogue,
  createPolicies,
  getIndex,
  parseClaim,
  releaseClaim,
} from "../../src/indexes/index.ts";
import { createMirrorSource } from "../../src/mirror/index.ts";
import { normalizeName } from "../../src/packaging-standards/index.ts";
import { createHostedSource } from "../../src/projects/index.ts";
import { createTestApp, type TestApp } from "../support/app.ts";
import { buildWheel } from "../support/distributions.ts";
import { type FakeUpstream, startFakeUpstream } from "../support/fake-upstream.ts";

let upstream: FakeUpstream;
let app: TestApp;
let authorization: string;
beforeAll(async () => {
  upstream = await startFakeUpstream();
  app = await createTestApp({ upstream: upstream.url });
  ({ authorization } = await app.makeUploader());
});
afterAll(async () => {
  await app.close();
  await upstream.down();
});

/** A name as somebody may write it: any case, any run of separators. */
const spelled = fc
  .tuple(
    fc.constantFrom("acme-tools", "acme-core", "acme", "acme-tools-x", "zeta"),
    fc.infiniteStream(fc.boolean()),
    fc.constantFrom("-", "_", ".", "-_.", "--"),
  )
  .map(([name, upper, separator]) =>
    [...name]
      .map((letter) => (letter === "-" ? separator : upper.next().value ? letter.toUpperCase() : letter))
      .join(""),
  );
const pattern = fc
  .tuple(spelled, fc.nat(12))
  .map(([name, length]) => (length > 9 ? name : `${name.slice(0, length + 1)}*`));

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("read" as const), name: spelled, how: fc.nat(5) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("attack" as const), name: spelled, minor: fc.nat(3) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("upload" as const), name: spelled, minor: fc.nat(3) }) },
  fc.record({ kind: fc.constant("claim" as const), pattern }),
  fc.record({ kind: fc.constant("unclaim" as const), pattern }),
  fc.record({ kind: fc.constant("delete" as const), name: spelled }),
  fc.record({ kind: fc.constant("wait" as const), minutes: fc.constantFrom(1, 11, 1000) }),
  // A reader who is on his way while the name is uploaded.
  fc.record({ kind: fc.constant("race" as const), name: spelled, minor: fc.nat(3) }),
);

const addressesOf = (name: string) => [
  `/simple/${name}/`,
  `/simple/${normalizeName(name)}/`,
  `/pypi/${name}/json`,
  `/pypi/${name}/666.0/json`,
  `/project/${name}/`,
  `/project/${normalizeName(name)}/666.0/`,
];

let runs = 0;
test("names that are kept here are never shown from, nor asked of, the upstream", { timeout: 120_000 }, async () => {
  const catalogue = createCatalogue({
    hosted: createHostedSource(app.db),
    mirror: createMirrorSource({ db: app.db, clock: app.clock, log: quiet, fetcher: nobody }),
    policies: createPolicies({ db: app.db, clock: app.clock, rules: { minAge: null, minAgeClock: "published" } }),
  });
  const main = await getIndex(app.db, "main");

  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 14 }), async (steps) => {
      // Names of its own for every run, on one server.
      const own = (text: string) => `R${runs}.${text}`;
      runs++;
      const uploaded = new Set<string>();
      const claimed = new Set<string>();
      const isKept = (name: string) => uploaded.has(name) || claimsOf(name).some((one) => claimed.has(one));
      const readAll = async (name: string) => {
        for (const url of addressesOf(name))
          mustNotLeak(name, url, await app.get(url, { accept: "text/html, */*;q=0.1" }));
      };
      const mustNotLeak = (name: string, url: string, answer: { readonly body: string }) => {
        const shows = /666\.\d/.test(answer.body.replaceAll(url, "").replace(/has no release 666\.0/g, ""));
        if (isKept(normalizeName(name))) expect([steps, url, shows]).toEqual([steps, url, false]);
      };

      for (const one of steps) {
        const keptBefore = new Set<string>(names(own).filter(isKept));
        const asked = upstream.requests.length;
        switch (one.kind) {
          case "read": {
            const name = own(one.name);
            const url = addressesOf(name)[one.how] ?? "/";
            mustNotLeak(name, url, await app.get(url));
            break;
          }
          case "attack":
            upstream.publish(buildWheel({ name: own(one.name), version: `666.${one.minor}` }));
            break;
          case "upload":
            await upload(own(one.name), one.minor);
            uploaded.add(normalizeName(own(one.name)));
            break;
          case "race": {
            const reading = app.get(`/simple/${normalizeName(own(one.name))}/`);
            await upload(own(one.name), one.minor);
            uploaded.add(normalizeName(own(one.name)));
            await reading;
            break;
          }
          case "claim":
            await claimNames(app.db, main.id, parseClaim(own(one.pattern)), "");
            claimed.add(parseClaim(own(one.pattern)));
            app.hear({ kind: "everything" });
            break;
          case "unclaim":
            await releaseClaim(app.db, main.id, parseClaim(own(one.pattern)));
            claimed.delete(parseClaim(own(one.pattern)));
            app.hear({ kind: "everything" });
            break;
          case "delete":
            // Its bytes and history stay, as they do for every deletion.
            await app.db
              .deleteFrom("projects")
              .where("normalized_name", "=", normalizeName(own(one.name)))
              .execute();
            app.hear({ kind: "everything" });
            break;
          case "wait":
            app.passTime({ minutes: one.minutes });
        }
        // The first upload claims what the attacker had already.
        for (const claim of await app.db.selectFrom("name_claims").select("pattern").execute()) {
          if (claim.pattern.startsWith(normalizeName(own("")))) claimed.add(claim.pattern);
        }
        const leaked = upstream.requests.slice(asked).map(({ path }) => path.split("/")[2] ?? "");
        expect([steps, leaked.filter((name) => keptBefore.has(normalizeName(name)))]).toEqual([steps, []]);
      }

      for (const name of names(own)) {
        const asked = upstream.requests.length;
        await readAll(name);
        const { projects } = (await app.get("/simple/", { accept: "application/vnd.pypi.simple.v1+json" })).json();
        if (!isKept(name)) continue;
        expect(upstream.requests.slice(asked)).toEqual([]);
        const isListed = projects.some((project: { name: string }) => normalizeName(project.name) === name);
        const { rows } = await app.database.pool.query("select from projects where normalized_name = $1", [name]);
        expect([name, isListed]).toEqual([name, rows.length > 0]);
      }

      // Files of the upstream at their own addresses, also of pages that were shown before the name was ours.
      const { rows } = await app.database.pool.query(
        "select normalized_name as project, filename from upstream_files where normalized_name like $1",
        [`${normalizeName(own(""))}%`],
      );
      for (const { project, filename } of rows) {
        const times = { uploadedAt: null, firstSeenAt: app.clock.now().toString(), isBaseline: true };
        const refusal = await catalogue.mayServe(main, { project, filename, ...times });
        expect([filename, refusal?.status]).toEqual([filename, isKept(project) ? 404 : undefined]);
      }
    }),
    { numRuns: 15, interruptAfterTimeLimit: 60_000 },
  );
});

const names = (own: (text: string) => string) =>
  ["acme-tools", "acme-core", "acme", "acme-tools-x", "zeta"].map((name) => normalizeName(own(name)));

async function upload(name: string, minor: number): Promise<void> {
  const { statusCode, statusMessage } = await app.upload(buildWheel({ name, version: `1.${minor}` }), authorization);
  // A name of a file never gets other bytes, also when its project is gone.
  if (statusCode !== 200) expect(statusMessage).toMatch(/previously used|already exists/);
}

const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const nobody = {
  refreshProject: () => Promise.reject(new Error("nothing is asked here")),
  fetchReleaseMetadata: async () => false,
};
