import { randomBytes } from "node:crypto";
import { afterAll, expect, test } from "vitest";
import { digestBytes } from "./digest.ts";
import { type BlockDigester, createDigestPool, INLINE_AT_MOST } from "./digest-pool.ts";

const pool = createDigestPool(2);
afterAll(() => pool.close());

async function digestBlocks(digester: BlockDigester, bytes: Buffer, blockSize: number) {
  const updates: Promise<Uint8Array>[] = [];
  for (let at = 0; at < bytes.length; at += blockSize) {
    const block = new Uint8Array(blockSize);
    const piece = bytes.subarray(at, at + blockSize);
    block.set(piece);
    updates.push(digester.update(block, piece.length));
  }
  const returned = await Promise.all(updates);
  expect(returned.every((block) => block.byteLength === blockSize)).toBe(true);
  return digester.finish();
}

test.each([
  ["in a thread", undefined],
  ["in a thread, announced", INLINE_AT_MOST + 1],
  ["inline", INLINE_AT_MOST],
])("blocks are hashed in order and come back, %s", async (_where, expectedLength) => {
  const bytes = randomBytes(1_000_003);
  expect(await digestBlocks(await pool.open(expectedLength), bytes, 65_536)).toEqual(await digestBytes(bytes));
});

test("a thread takes the block away while it hashes, so that nobody changes it meanwhile", async () => {
  const digester = await pool.open(undefined);
  const block = new Uint8Array(10);
  const update = digester.update(block, 10);
  expect(block.byteLength).toBe(0);
  expect((await update).byteLength).toBe(10);
  digester.abandon();
});

test("ten streams at once keep apart on two threads", async () => {
  const bodies = Array.from({ length: 10 }, (_, at) => randomBytes(200_000 + at));
  const measured = await Promise.all(
    bodies.map(async (body) => digestBlocks(await pool.open(undefined), body, 10_000)),
  );
  expect(measured).toEqual(await Promise.all(bodies.map(digestBytes)));
});

test("an abandoned stream does not disturb the others", async () => {
  const bytes = randomBytes(100_000);
  const [left, stayed] = [await pool.open(undefined), await pool.open(undefined)];
  const lost = left.update(new Uint8Array(1000), 1000);
  left.abandon();
  left.abandon();
  await expect(lost).rejects.toThrow("abandoned");
  expect(await digestBlocks(stayed, bytes, 10_000)).toEqual(await digestBytes(bytes));
});

test("streams on a thread that ends fail, and later ones get a new thread", async () => {
  const own = createDigestPool(1);
  const digester = await own.open(undefined);
  const update = digester.update(new Uint8Array(1000), 1000);
  await own.close();
  await expect(update).rejects.toThrow("ended");
  await expect(digester.finish()).rejects.toThrow("ended");
  const bytes = randomBytes(10);
  expect(await digestBlocks(await own.open(undefined), bytes, 10)).toEqual(await digestBytes(bytes));
  await own.close();
});
