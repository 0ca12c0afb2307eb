import { expect, test } from "vitest";
import { createDocuments, type Scope } from "./index.ts";

let time = 0;
const now = () => time;
const scope = { sources: ["main"], project: "brie" };
const key = "main brie html";

/** A build that ends when it is told to. */
function heldBuild(text: string) {
  const { promise, resolve } = Promise.withResolvers<void>();
  let builds = 0;
  return {
    build: async () => {
      builds++;
      await promise;
      return { body: Buffer.from(text), headers: [], vary: [] };
    },
    builds: () => builds,
    finish: resolve,
  };
}

const textOf = (document: Awaited<ReturnType<ReturnType<typeof createDocuments>["get"]>>) =>
  String(document?.identity.full.body);

type Documents = ReturnType<typeof createDocuments>;

test.each<[string, (documents: Documents) => void, Scope]>([
  ["of its project", (documents) => documents.projectChanged("main", "brie"), scope],
  ["of a project of its index", (documents) => documents.projectChanged("main", "brie"), { sources: ["main"] }],
  [
    "of its project in another of its sources",
    (documents) => documents.projectChanged("mirror", "brie"),
    { sources: ["main", "mirror"], project: "brie" },
  ],
  [
    "of a project of another of its sources",
    (documents) => documents.projectChanged("mirror", "brie"),
    { sources: ["main", "mirror"] },
  ],
  ["that may have been missed", (documents) => documents.forgetAll(), scope],
])(
  "a page that is being built when a change %s is heard of answers who waits, and is not kept",
  async (_, change, of) => {
    const documents = createDocuments({ maxBytes: 1e6, now });
    const old = heldBuild("old");
    const waiting = [documents.get(key, of, old.build), documents.get(key, of, old.build)];
    change(documents);
    const fresh = heldBuild("new");
    const later = documents.get(key, of, fresh.build);
    fresh.finish();
    expect(textOf(await later)).toBe("new");
    old.finish();
    expect((await Promise.all(waiting)).map(textOf)).toEqual(["old", "old"]);
    expect(textOf(documents.find(key))).toBe("new");
    expect([old.builds(), fresh.builds()]).toEqual([1, 1]);
  },
);

test("also when nobody asks in between", async () => {
  const documents = createDocuments({ maxBytes: 1e6, now });
  const old = heldBuild("old");
  const waiting = documents.get(key, scope, old.build);
  documents.projectChanged("main", "brie");
  old.finish();
  await waiting;
  expect(documents.find(key)).toBeUndefined();
  expect(documents.size()).toEqual({ documents: 0, bytes: 0 });
});

test("a change of another project or index leaves a page where it is", async () => {
  const documents = createDocuments({ maxBytes: 1e6, now });
  const held = heldBuild("page");
  held.finish();
  await documents.get(key, scope, held.build);
  documents.projectChanged("main", "edam");
  documents.projectChanged("other", "brie");
  expect(textOf(documents.find(key))).toBe("page");
});

test("a build that fails is told to all who wait, and tried again", async () => {
  const documents = createDocuments({ maxBytes: 1e6, now });
  const fail = () => Promise.reject(new Error("away"));
  const waiting = [documents.get(key, scope, fail), documents.get(key, scope, fail)];
  for (const one of waiting) await expect(one).rejects.toThrow("away");
  const held = heldBuild("page");
  held.finish();
  expect(textOf(await documents.get(key, scope, held.build))).toBe("page");
});

test("the pages used last stay within the memory they may take", async () => {
  const documents = createDocuments({ maxBytes: 3 * 2100, now });
  for (const name of ["a", "b", "c"]) {
    const held = heldBuild(name);
    held.finish();
    await documents.get(name, { sources: ["main"], project: name }, held.build);
  }
  documents.find("a");
  const held = heldBuild("d");
  held.finish();
  await documents.get("d", { sources: ["main"], project: "d" }, held.build);
  expect(["a", "b", "c", "d"].filter((one) => documents.find(one) !== undefined)).toEqual(["a", "c", "d"]);
});

/** A build that ends at once. */
const builds = (text: string, freshUntil?: number) => async () => ({
  body: Buffer.from(text),
  headers: [],
  vary: [],
  freshUntil,
});
const fails = () => Promise.reject(new Error("away"));

test("a page that is not fresh any more is built anew, and until then only asked for", async () => {
  const documents = createDocuments({ maxBytes: 1e6, now });
  await documents.get(key, scope, builds("old", time + 100));
  time += 99;
  expect(textOf(documents.find(key))).toBe("old");
  time += 1;
  expect(documents.find(key)).toBeUndefined();
  expect(textOf(await documents.get(key, scope, builds("new")))).toBe("new");
  time += 1e9;
  expect(textOf(documents.find(key))).toBe("new");
  expect(documents.size().documents).toBe(1);
});

test("when an expired page cannot be built anew it goes on answering, and building is tried again soon", async () => {
  const documents = createDocuments({ maxBytes: 1e6, now });
  await documents.get(key, scope, builds("old", time + 100));
  time += 100;
  expect(textOf(await documents.get(key, scope, fails))).toBe("old");
  // Nobody waits for a failure again right away.
  expect(textOf(documents.find(key))).toBe("old");
  time += 2000;
  expect(documents.find(key)).toBeUndefined();
  expect(textOf(await documents.get(key, scope, builds("new")))).toBe("new");
});

test("an expired page does not answer once a change was heard of, or once it has gone", async () => {
  const documents = createDocuments({ maxBytes: 1e6, now });
  await documents.get(key, scope, builds("old", time));
  documents.projectChanged("main", "brie");
  await expect(documents.get(key, scope, fails)).rejects.toThrow("away");

  await documents.get(key, scope, builds("old", time));
  const held = Promise.withResolvers<never>();
  const waiting = documents.get(key, scope, () => held.promise);
  documents.projectChanged("main", "brie");
  held.reject(new Error("away"));
  await expect(waiting).rejects.toThrow("away");

  await documents.get(key, scope, builds("old", time));
  expect(await documents.get(key, scope, async () => undefined)).toBeUndefined();
  await expect(documents.get(key, scope, fails)).rejects.toThrow("away");
  expect(documents.size()).toEqual({ documents: 0, bytes: 0 });
});
