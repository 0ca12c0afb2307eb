import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { buildSdist, buildWheel } from "../../../test/support/distributions.ts";
import { buildTar, type TarMemberInput } from "../../../test/support/tar-builder.ts";
import { buildZip, extraField, longs } from "../../../test/support/zip-builder.ts";
import { bytesOfBuffer } from "./bytes.ts";
import { InvalidArchive } from "./invalid-archive.ts";
import { readSdist } from "./sdist.ts";
import { readWheel } from "./wheel.ts";

const MUTATIONS = 2000;
const options = { archivesUrl: "DOCS/archives" };
const WHEEL = "demo-1.0-py3-none-any.whl";
const SDIST = "demo-1.0.tar.gz";

/** The same numbers in every run (mulberry32), so that a failure can be looked at again. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** Changes, cuts, doubles or inserts a few bytes; where numbers stand in the formats, often to the extremes. */
function mutate(bytes: Buffer, random: (below: number) => number): Buffer {
  let out = Buffer.from(bytes);
  for (let changes = 1 + random(4); changes > 0; changes--) {
    const at = random(out.length);
    const length = 1 + random(8);
    const part = out.subarray(at, at + length);
    const kind = random(7);
    if (kind === 0) part.set(part.map(() => random(256)));
    else if (kind === 1) part.fill(0xff);
    else if (kind === 2) part.fill(0);
    else if (kind === 3) part.writeUInt8((part.readUInt8(0) ^ (1 << random(8))) & 0xff, 0);
    else if (kind === 4) out = out.subarray(0, Math.max(1, at));
    else if (kind === 5) out = Buffer.concat([out.subarray(0, at), out.subarray(Math.min(out.length, at + length))]);
    else out = Buffer.concat([out.subarray(0, at + length), out.subarray(Math.max(0, at - 30))]);
    if (out.length === 0) return Buffer.from([0]);
  }
  return out;
}

async function survives(read: () => Promise<unknown>): Promise<boolean> {
  try {
    await read();
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidArchive);
    return false;
  }
}

const entry = { name: "demo-1.0.dist-info/WHEEL", contents: "x" };
const wheels = [
  buildWheel({ commands: { demo: "demo:main" } }).bytes,
  buildZip(
    ["METADATA", "RECORD"]
      .map((file) => ({ name: `demo-1.0.dist-info/${file}`, contents: "Name: demo\n", deflate: true }))
      .concat([{ ...entry, deflate: false }]),
    { comment: "a comment", zip64: {} },
  ),
  buildZip([{ ...entry, local: { size: 0xffffffff, compressedSize: 0xffffffff, extra: extraField(1, longs(1, 1)) } }]),
];

const members: readonly TarMemberInput[] = [
  { name: "d/", type: "5" },
  { name: "d/PKG-INFO", contents: "Name: demo\n" },
  { name: "x", pax: { path: "d/long", mtime: "1.5" }, contents: "y" },
  { name: "l", type: "L", contents: "d/longer\0" },
  { name: "y", contents: "z" },
  { name: "d/link", type: "2", linkName: "a/../PKG-INFO" },
];

test(`${MUTATIONS} damaged wheels are refused or read, never anything else`, async () => {
  const random = createRandom(1);
  let refused = 0;
  const start = performance.now();
  for (let round = 0; round < MUTATIONS; round++) {
    const bytes = mutate(wheels[round % wheels.length] ?? Buffer.alloc(1), random);
    if (!(await survives(() => readWheel(bytesOfBuffer(bytes), WHEEL, options)))) refused++;
  }
  expect(refused).toBeGreaterThan(MUTATIONS / 2);
  expect(performance.now() - start).toBeLessThan(15_000);
});

test(`${MUTATIONS} damaged source distributions are refused or read, never anything else`, async () => {
  const random = createRandom(2);
  const tar = buildTar(members);
  const sdist = buildSdist().bytes;
  let refused = 0;
  const start = performance.now();
  for (let round = 0; round < MUTATIONS; round++) {
    // Mostly inside the compression, where a change does not merely break the gzip data.
    const bytes = round % 4 === 0 ? mutate(sdist, random) : gzipSync(mutate(tar, random), { level: 1 });
    if (!(await survives(() => readSdist(bytesOfBuffer(bytes), SDIST, options)))) refused++;
  }
  expect(refused).toBeGreaterThan(MUTATIONS / 4);
  expect(performance.now() - start).toBeLessThan(15_000);
});

test("a damaged .zip source distribution is refused or read, never anything else", async () => {
  const random = createRandom(3);
  const zip = buildZip([{ name: "d/" }, { name: "d/PKG-INFO", contents: "Name: demo\n", deflate: true }]);
  for (let round = 0; round < MUTATIONS / 4; round++) {
    const bytes = mutate(zip, random);
    await survives(() => readSdist(bytesOfBuffer(bytes), "demo-1.0.zip", options));
  }
});
