// What every BlobStore does, whatever it is made of: `describeBlobStore("disk", async () => …)` in the store's own test.
import { createHash, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { PassThrough, Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BlobStore } from "./blob-store.ts";
import { BlobMissing, FileTooLarge } from "./errors.ts";

export interface StoreUnderTest {
  readonly store: BlobStore;
  /** How many files, objects or parts of uploads are there that nobody can see yet. */
  countUnfinished(): Promise<number>;
  end(): Promise<void>;
}

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const LARGE = 17 * 1024 * 1024;

export function describeBlobStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`${name} store`, () => {
    let under: StoreUnderTest;
    let store: BlobStore;
    beforeAll(async () => {
      under = await make();
      store = under.store;
    });
    afterAll(() => under.end());

    async function bytesOf(blake2b: string): Promise<Buffer> {
      await using reader = await store.open(blake2b);
      return reader.read(0, reader.size);
    }

    test("the digests are those of the standards", async () => {
      const abc = await store.putBytes(Buffer.from("abc"));
      expect(abc).toEqual({
        size: 3,
        blake2b: "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319",
        sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        md5: "900150983cd24fb0d6963f7d28e17f72",
      });
    });

    test.each([
      ["nothing", 0, undefined],
      ["one byte", 1, 1],
      ["more than its sender announced", 300_000, 10],
      ["less than its sender announced", 10, 300_000],
      ["what goes from memory to disk halfway", 100_000, 20_000],
      ["exactly one block", 262_144, 262_144],
      ["several blocks of unknown length", 700_001, undefined],
      ["a large announced body", LARGE, LARGE],
    ])("%s comes back as it was sent", async (_what, size, expectedLength) => {
      const bytes = randomBytes(size);
      const received = await store.receive(chunksOf(bytes, 65_537), { limit: size, expectedLength });
      expect(received.size).toBe(size);
      expect(received.digests.sha256).toBe(sha256(bytes));
      expect(bytes.equals(await received.read(0, size + 1))).toBe(true);
      expect(await received.read(size >> 1, 5)).toEqual(bytes.subarray(size >> 1, (size >> 1) + 5));
      const kept = await received.keep();
      expect(kept).toEqual({ size, ...received.digests });
      expect(sha256(await bytesOf(kept.blake2b))).toBe(kept.sha256);
      expect(await under.countUnfinished()).toBe(0);
    });

    test("received bytes are invisible until they are kept", async () => {
      const received = await store.receive(Readable.from([randomBytes(100)]), { limit: 100 });
      expect(await store.stat(received.digests.blake2b)).toBeUndefined();
      await expect(store.open(received.digests.blake2b)).rejects.toThrow(BlobMissing);
      await received.keep();
      expect(await store.stat(received.digests.blake2b)).toMatchObject({ size: 100 });
    });

    test("discarded bytes leave no trace, and what was kept cannot be discarded", async () => {
      const dropped = await store.receive(Readable.from([randomBytes(100)]), { limit: 100 });
      await dropped.discard();
      await dropped.discard();
      expect(await store.stat(dropped.digests.blake2b)).toBeUndefined();
      const kept = await store.receive(Readable.from([randomBytes(100)]), { limit: 100 });
      await Promise.all([kept.keep(), kept.discard(), kept.keep()]);
      expect(await store.stat(kept.digests.blake2b)).toMatchObject({ size: 100 });
      expect(await under.countUnfinished()).toBe(0);
    });

    test.each([100, 100_000])("what is not kept before the end of its block is discarded: %d bytes", async (size) => {
      let blake2b: string;
      {
        await using received = await store.receive(Readable.from([randomBytes(size)]), { limit: size });
        blake2b = received.digests.blake2b;
        // A few bytes are nowhere yet.
        expect(await under.countUnfinished()).toBe(size > 65_536 ? 1 : 0);
      }
      expect(await store.stat(blake2b)).toBeUndefined();
      expect(await under.countUnfinished()).toBe(0);
    });

    test("every chunk is seen once, in order, before anything is kept", async () => {
      const bytes = randomBytes(200_000);
      const seen: Uint8Array[] = [];
      await using received = await store.receive(chunksOf(bytes, 30_000), {
        limit: bytes.length,
        onChunk: (chunk) => seen.push(chunk),
      });
      expect(Buffer.concat(seen)).toEqual(bytes);
      expect(received.size).toBe(bytes.length);
    });

    test("bytes can be read while more of them come", async () => {
      const bytes = randomBytes(300_000);
      const seen: Buffer[] = [];
      const counts: number[] = [];
      const body = new PassThrough();
      const receiving = store.receive(body, {
        limit: bytes.length,
        expectedLength: bytes.length,
        onWritten(path, written) {
          counts.push(written);
          seen.push(readFileSync(path).subarray(0, written));
        },
      });
      body.end(bytes);
      await using received = await receiving;
      expect(counts[0]).toBe(0);
      expect(counts.at(-1)).toBe(received.size);
      expect(counts.every((count, at) => count - (counts[at - 1] ?? 0) <= 65_536)).toBe(true);
      expect(seen.every((part, at) => part.equals(bytes.subarray(0, counts[at])))).toBe(true);
    });

    test.each([
      ["announced honestly", 500],
      ["announced as small", 50],
      ["not announced", undefined],
    ])("one byte over the limit ends the reception, %s", async (_what, expectedLength) => {
      const bytes = randomBytes(300_001);
      const receiving = store.receive(chunksOf(bytes, 1000), { limit: 300_000, expectedLength });
      await expect(receiving).rejects.toThrow(FileTooLarge);
      await expect(receiving).rejects.toMatchObject({ status: 413, limit: 300_000 });
      expect(await under.countUnfinished()).toBe(0);
    });

    test("the sender of too much can still be heard out", async () => {
      const body = chunksOf(randomBytes(1_000_000), 10_000);
      await expect(store.receive(body, { limit: 20_000 })).rejects.toThrow(FileTooLarge);
      expect(body.destroyed).toBe(false);
      body.resume();
      await finished(body);
      expect(body.readableEnded).toBe(true);
    });

    test("a sender who goes away leaves nothing behind", async () => {
      const body = new PassThrough();
      const receiving = store.receive(body, { limit: 1_000_000, onChunk: () => setImmediate(() => body.destroy()) });
      body.write(randomBytes(300_000));
      await expect(receiving).rejects.toMatchObject({ code: "ERR_STREAM_PREMATURE_CLOSE" });
      expect(await under.countUnfinished()).toBe(0);
    });

    test("a sender whose connection breaks leaves nothing behind, and its error stays its own", async () => {
      const body = new PassThrough();
      const broken = new Error("connection reset");
      const receiving = store.receive(body, {
        limit: 1_000_000,
        onChunk: () => setImmediate(() => body.destroy(broken)),
      });
      body.write(randomBytes(300_000));
      await expect(receiving).rejects.toBe(broken);
      expect(await under.countUnfinished()).toBe(0);
    });

    test("a listener that refuses a chunk ends the reception", async () => {
      const refusal = new Error("not a zip");
      const receiving = store.receive(chunksOf(randomBytes(600_000), 1000), {
        limit: 1_000_000,
        onChunk() {
          throw refusal;
        },
      });
      await expect(receiving).rejects.toBe(refusal);
      expect(await under.countUnfinished()).toBe(0);
    });

    test("twenty who keep the same bytes at once all succeed, and they are there once", async () => {
      const bytes = randomBytes(50_000);
      const all = await Promise.all(
        Array.from({ length: 20 }, () => store.receive(Readable.from([bytes]), { limit: bytes.length })),
      );
      const kept = await Promise.all(all.map((received) => received.keep()));
      expect(new Set(kept.map(({ blake2b }) => blake2b)).size).toBe(1);
      expect(await bytesOf(kept[0]?.blake2b ?? "")).toEqual(bytes);
      expect((await Array.fromAsync(store.list())).filter(({ blake2b }) => blake2b === kept[0]?.blake2b)).toHaveLength(
        1,
      );
      expect(await under.countUnfinished()).toBe(0);
    });

    test("the list is in ascending order and goes on after any digest", async () => {
      await Promise.all(Array.from({ length: 30 }, () => store.putBytes(randomBytes(20))));
      const all = (await Array.fromAsync(store.list())).map(({ blake2b }) => blake2b);
      expect(all.length).toBeGreaterThanOrEqual(30);
      expect(all).toEqual([...all].sort());
      for (const at of [0, 7, all.length - 1]) {
        const rest = (await Array.fromAsync(store.list(all[at]))).map(({ blake2b }) => blake2b);
        expect(rest).toEqual(all.slice(at + 1));
      }
    });

    test("removed bytes are gone, and can come back", async () => {
      const bytes = randomBytes(40);
      const { blake2b } = await store.putBytes(bytes);
      expect(await store.remove(blake2b)).toBe(true);
      expect(await store.remove(blake2b)).toBe(false);
      expect(await store.stat(blake2b)).toBeUndefined();
      await store.putBytes(bytes);
      expect(await bytesOf(blake2b)).toEqual(bytes);
    });

    test("bytes that are set aside make room for the right ones", async () => {
      const bytes = randomBytes(40);
      const { blake2b } = await store.putBytes(bytes);
      expect(await store.setAside(blake2b)).toContain(blake2b);
      expect(await store.setAside(blake2b)).toBeUndefined();
      expect(await store.stat(blake2b)).toBeUndefined();
      await store.putBytes(bytes);
      expect(await bytesOf(blake2b)).toEqual(bytes);
    });

    test("keeping bytes again makes them young", async () => {
      const bytes = randomBytes(40);
      const { blake2b } = await store.putBytes(bytes);
      const before = (await store.stat(blake2b))?.keptAt;
      let after = before;
      // The clock of a file system moves in steps of some milliseconds.
      while (before && after && Temporal.Instant.compare(before, after) === 0) {
        await store.putBytes(bytes);
        after = (await store.stat(blake2b))?.keptAt;
      }
      expect(before && after && Temporal.Instant.compare(after, before)).toBe(1);
    });
  });
}

function chunksOf(bytes: Buffer, size: number): Readable {
  const count = Math.ceil(bytes.length / size);
  const chunks = Array.from({ length: count }, (_, at) => bytes.subarray(at * size, (at + 1) * size));
  return Readable.from(chunks, { objectMode: false });
}
