import { expect, test } from "vitest";
import { createDocuments } from "./index.ts";

const scope = { index: "main", project: "brie" };
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

test.each<[string, (documents: Documents) => void, { index: string; project?: string }]>([
  ["of its project", (documents) => documents.projectChanged("main", "brie"), scope],
  ["of a project of its index", (documents) => documents.projectChanged("main", "brie"), { index: "main" }],
  ["that may have been missed", (documents) => documents.forgetAll(), scope],
])(
  "a page that is being built when a change %s is heard of answers who waits, and is not kept",
  async (_, change, of) => {
    const documents = createDocuments({ maxBytes: 1e6 });
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
  const documents = createDocuments({ maxBytes: 1e6 });
  const old = heldBuild("old");
  const waiting = documents.get(key, scope, old.build);
  documents.projectChanged("main", "brie");
  old.finish();
  await waiting;
  expect(documents.find(key)).toBeUndefined();
  expect(documents.size()).toEqual({ documents: 0, bytes: 0 });
});

test("a change of another project or index leaves a page where it is", async () => {
  const documents = createDocuments({ maxBytes: 1e6 });
  const held = heldBuild("page");
  held.finish();
  await documents.get(key, scope, held.build);
  documents.projectChanged("main", "edam");
  documents.projectChanged("other", "brie");
  expect(textOf(documents.find(key))).toBe("page");
});

test("a build that fails is told to all who wait, and tried again", async () => {
  const documents = createDocuments({ maxBytes: 1e6 });
  const fail = () => Promise.reject(new Error("away"));
  const waiting = [documents.get(key, scope, fail), documents.get(key, scope, fail)];
  for (const one of waiting) await expect(one).rejects.toThrow("away");
  const held = heldBuild("page");
  held.finish();
  expect(textOf(await documents.get(key, scope, held.build))).toBe("page");
});

test("the pages used last stay within the memory they may take", async () => {
  const documents = createDocuments({ maxBytes: 3 * 2100 });
  for (const name of ["a", "b", "c"]) {
    const held = heldBuild(name);
    held.finish();
    await documents.get(name, { index: "main", project: name }, held.build);
  }
  documents.find("a");
  const held = heldBuild("d");
  held.finish();
  await documents.get("d", { index: "main", project: "d" }, held.build);
  expect(["a", "b", "c", "d"].filter((one) => documents.find(one) !== undefined)).toEqual(["a", "c", "d"]);
});
