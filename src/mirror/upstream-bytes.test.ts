import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { buildWheel } from "../../test/support/distributions.ts";
import { readWheelMetadata } from "./metadata-sibling.ts";
import { openUpstreamBytes } from "./upstream-bytes.ts";

/** An upstream that serves ranges of these bytes, and counts what it sends. */
function rangesOf(bytes: Buffer) {
  const asked: number[] = [];
  return {
    asked,
    async readRange(_url: string, offset: number, length: number) {
      const part = bytes.subarray(offset, offset + length);
      asked.push(part.length);
      return { bytes: part, size: bytes.length };
    },
  };
}

test.each([
  ["inside the end", 199_990, 10],
  ["before it", 5_000, 70_000],
  ["across its beginning", 130_000, 20_000],
  ["beyond the last byte", 199_999, 10],
  ["nothing", 200_000, 5],
])("bytes %s are those of the file", async (_where, offset, length) => {
  const bytes = randomBytes(200_000);
  const read = await openUpstreamBytes(rangesOf(bytes), "http://up.test/x.whl");
  expect(await read?.read(offset, length)).toEqual(bytes.subarray(offset, offset + length));
  expect(read?.size).toBe(200_000);
});

test("the metadata of a large wheel takes a few requests and a small part of its bytes", async () => {
  const wheel = buildWheel({ name: "brie", padding: 3_000_000 });
  const upstream = rangesOf(wheel.bytes);
  const metadata = await readWheelMetadata(upstream, "http://up.test/brie.whl", wheel.filename);
  expect(Buffer.from(metadata ?? []).toString()).toBe(wheel.metadata);
  expect(upstream.asked.length).toBeLessThanOrEqual(4);
  expect(upstream.asked.reduce((sum, count) => sum + count)).toBeLessThan(150_000);
});

test("no ranges, no bytes; and what is no wheel has no metadata", async () => {
  const without = { readRange: async () => undefined };
  expect(await readWheelMetadata(without, "http://up.test/brie.whl", "brie-1.0-py3-none-any.whl")).toBeUndefined();
  const upstream = rangesOf(randomBytes(100_000));
  await expect(readWheelMetadata(upstream, "http://up.test/brie.whl", "brie-1.0-py3-none-any.whl")).rejects.toThrow(
    "not a valid zipfile",
  );
});

test("a file that changes meanwhile is not pieced together", async () => {
  const bytes = randomBytes(200_000);
  let size = bytes.length;
  const read = await openUpstreamBytes(
    { readRange: async (_url, offset, length) => ({ bytes: bytes.subarray(offset, offset + length), size }) },
    "http://up.test/x.whl",
  );
  size -= 1;
  await expect(read?.read(10, 10)).rejects.toMatchObject({ kind: "invalid" });
});
