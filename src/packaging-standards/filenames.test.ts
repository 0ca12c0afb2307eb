import fc from "fast-check";
import { expect, test } from "vitest";
import { uploadVectors } from "../../test/vectors/upload-vectors.ts";
import { InvalidSdistFilename, InvalidWheelFilename } from "./errors.ts";
import { normalizeName } from "./names.ts";
import { parseSdistFilename, sdistFilename } from "./sdist-filename.ts";
import { normalizeVersion } from "./version.ts";
import { parseWheelFilename, wheelTags } from "./wheel-filename.ts";

test.each(uploadVectors.wheels)("the wheel $in reads as the reference reads it", (vector) => {
  if (vector.error) {
    expect(() => parseWheelFilename(vector.in)).toThrow(
      expect.objectContaining({ name: "InvalidWheelFilename", message: vector.error }),
    );
    return;
  }
  const wheel = parseWheelFilename(vector.in);
  expect(wheel).toMatchObject({ name: vector.name, version: vector.version });
  expect(wheel.build).toBe(vector.build?.length ? vector.build.join("") : null);
  expect(wheelTags(wheel).sort()).toEqual(vector.tags);
});

test.each(uploadVectors.sdists)("the sdist $in reads as the reference reads it", (vector) => {
  if (vector.error) {
    expect(() => parseSdistFilename(vector.in)).toThrow(
      expect.objectContaining({ name: "InvalidSdistFilename", message: vector.error }),
    );
  } else {
    expect(parseSdistFilename(vector.in)).toMatchObject({ name: vector.name, version: vector.version });
  }
});

test("a wheel keeps its spelling, which names its folders inside the archive", () => {
  expect(parseWheelFilename("Foo_Bar-1.0.0-1-py2.py3-none-any.whl")).toEqual({
    filename: "Foo_Bar-1.0.0-1-py2.py3-none-any.whl",
    distribution: "Foo_Bar",
    versionText: "1.0.0",
    name: "foo-bar",
    version: "1.0.0",
    canonicalVersion: "1",
    build: "1",
    pythons: ["py2", "py3"],
    abis: ["none"],
    platforms: ["any"],
  });
});

// The reference's release lets these through; later releases of its library refuse them, and so do we.
test.each(["-1.0-py3-none-any.whl", "föö-1.0-py3-none-any.whl", "foo-1.0-py3--any.whl", "foo-1.0-py3.-none-any.whl"])(
  "the wheel %s is refused for a name or tag that says nothing",
  (filename) => {
    expect(() => parseWheelFilename(filename)).toThrow(InvalidWheelFilename);
  },
);

test("a post-release in the old spelling is split at the second-last hyphen when asked", () => {
  expect(parseSdistFilename("foo-1.0-1.tar.gz", "second-last")).toMatchObject({ name: "foo", version: "1.0.post1" });
  expect(() => parseSdistFilename("foo-1.0.tar.gz", "second-last")).toThrow(InvalidSdistFilename);
  expect(() => parseSdistFilename("-1.0.tar.gz")).toThrow(InvalidSdistFilename);
});

test("a project's sdist has one name", () => {
  expect(sdistFilename(normalizeName("Some-Thing"), normalizeVersion("1.0.0-RC1"))).toBe("some_thing-1.0.0rc1.tar.gz");
});

test("no file name throws anything but the room's errors", () => {
  const name = fc
    .tuple(fc.stringMatching(/^[a-z0-9._-]{0,30}$/), fc.constantFrom("", ".whl", ".tar.gz", ".zip"))
    .map((all) => all.join(""));
  fc.assert(
    fc.property(fc.oneof(name, fc.string({ unit: "binary" })), (filename) => {
      for (const [parse, refusal] of [
        [parseWheelFilename, InvalidWheelFilename],
        [parseSdistFilename, InvalidSdistFilename],
      ] as const) {
        try {
          parse(filename);
        } catch (error) {
          expect(error).toBeInstanceOf(refusal);
        }
      }
    }),
  );
});

test.each([
  ["foo-1.0-x-py3-none-any.whl", 8],
  ["foo-1.0-py3.-none-any.whl", 8],
  ["foo-1.0-py3-.none-any.whl", 12],
  ["foo-1.0-1-py3-none-any..whl", 19],
  ["foo-dog-py3-none-any.whl", 4],
])("the refusal of %s says where", (filename, at) => {
  expect(() => parseWheelFilename(filename)).toThrow(expect.objectContaining({ at, rule: "PEP 427", input: filename }));
});

test("a wheel names at most 64 tags of each kind", () => {
  const named = (tags: number) => `a-1-${Array.from({ length: tags }, (_, at) => `py${at}`).join(".")}-none-any.whl`;
  expect(wheelTags(parseWheelFilename(named(64)))).toHaveLength(64);
  expect(() => parseWheelFilename(named(65))).toThrow("too many tags");
});
