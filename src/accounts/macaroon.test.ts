import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { attenuate, hasGoodSignature, issueMacaroon, type Macaroon } from "./macaroon.ts";
import { formatToken, parseToken } from "./macaroon-format.ts";

const ROOT_KEY = Buffer.from(Array.from({ length: 32 }, (_, index) => index));
const HEADER = { location: "index.example", identifier: "a8b1c2d3-0000-4000-8000-000000000001" };
const CAVEATS = ['[1,["demo"]]', '[2,["11111111-1111-4111-8111-111111111111"]]', "[0,1700000900,1700000000]"];

/** Read, verified and written back byte for byte by other libraries. */
const VECTORS = [
  {
    caveats: [],
    text: "AgENaW5kZXguZXhhbXBsZQIkYThiMWMyZDMtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAxAAAGIBl39LckmP-CmN7yOhoROOkk1c9ioAcCeWvSZ3RVXBkl",
    signature: "1977f4b72498ff8298def23a1a1138e924d5cf62a00702796bd26774555c1925",
  },
  {
    caveats: CAVEATS,
    text: "AgENaW5kZXguZXhhbXBsZQIkYThiMWMyZDMtMDAwMC00MDAwLTgwMDAtMDAwMDAwMDAwMDAxAAIMWzEsWyJkZW1vIl1dAAIsWzIsWyIxMTExMTExMS0xMTExLTQxMTEtODExMS0xMTExMTExMTExMTEiXV0AAhlbMCwxNzAwMDAwOTAwLDE3MDAwMDAwMDBdAAAGIO2tt7FHWYccIM9IL84jz0Jas5ah3iLoj9FIbZC7_R1P",
    signature: "edadb7b14759871c20cf482fce23cf425ab396a1de22e88fd1486d90bbfd1d4f",
  },
];

function parsed(text: string): Macaroon {
  const macaroon = parseToken(text);
  if (!macaroon) throw new Error(`not a token: ${text}`);
  return macaroon;
}

function token(...bytes: readonly (number | string | Buffer)[]): string {
  const parts = bytes.map((part) => (typeof part === "number" ? Buffer.of(part) : Buffer.from(part)));
  return `pypi-${Buffer.concat(parts).toString("base64url")}`;
}

function packet(name: string, value: string | Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(`${name} `), Buffer.from(value), Buffer.from("\n")]);
  return Buffer.concat([Buffer.from((body.length + 4).toString(16).padStart(4, "0")), body]);
}

function version1({ location, identifier, caveats, signature }: Macaroon): string {
  const packets = [packet("location", location), packet("identifier", identifier)];
  return token(...packets, ...caveats.map((caveat) => packet("cid", caveat)), packet("signature", signature));
}

describe.each(VECTORS)("the vector with $caveats.length caveats", ({ caveats, text, signature }) => {
  test("is issued byte for byte", () => {
    const macaroon = issueMacaroon(ROOT_KEY, { ...HEADER, caveats });
    expect(macaroon.signature.toString("hex")).toBe(signature);
    expect(formatToken(macaroon)).toBe(`pypi-${text}`);
  });

  test("is read, verified and written back", () => {
    const macaroon = parsed(`pypi-${text}`);
    expect(macaroon).toMatchObject(HEADER);
    expect(macaroon.caveats.map(String)).toEqual(caveats);
    expect(hasGoodSignature(macaroon, ROOT_KEY)).toBe(true);
    expect(formatToken(macaroon)).toBe(`pypi-${text}`);
  });

  test("means the same in version 1 packets", () => {
    const macaroon = parsed(`pypi-${text}`);
    expect(parseToken(version1(macaroon))).toEqual(macaroon);
  });
});

test("a holder can append conditions offline, and cannot take them away", () => {
  const issued = issueMacaroon(ROOT_KEY, { ...HEADER, caveats: CAVEATS });
  const narrowed = parsed(formatToken(attenuate(parsed(formatToken(issued)), "[0,1700000100,0]")));
  expect(narrowed.caveats.map(String)).toEqual([...CAVEATS, "[0,1700000100,0]"]);
  expect(hasGoodSignature(narrowed, ROOT_KEY)).toBe(true);
  expect(hasGoodSignature({ ...narrowed, caveats: narrowed.caveats.slice(0, -1) }, ROOT_KEY)).toBe(false);
});

test("another key, identifier or order of caveats makes the signature bad; another location does not", () => {
  const issued = issueMacaroon(ROOT_KEY, { ...HEADER, caveats: CAVEATS });
  expect(hasGoodSignature(issued, Buffer.alloc(32))).toBe(false);
  expect(hasGoodSignature({ ...issued, identifier: "a8b1c2d3-0000-4000-8000-000000000002" }, ROOT_KEY)).toBe(false);
  expect(hasGoodSignature({ ...issued, caveats: issued.caveats.toReversed() }, ROOT_KEY)).toBe(false);
  expect(hasGoodSignature({ ...issued, location: "elsewhere.example" }, ROOT_KEY)).toBe(true);
});

test("white space around a token is ignored", () => {
  expect(parseToken(` \t${formatToken(issueMacaroon(ROOT_KEY, { ...HEADER, caveats: [] }))}\r\n`)).toBeDefined();
});

test("a token attenuated to 32 KiB is read", () => {
  const long = issueMacaroon(ROOT_KEY, { ...HEADER, caveats: [`[1,["${"x".repeat(24_000)}"]]`] });
  const text = formatToken(long);
  expect(text.length).toBeGreaterThan(32_000);
  expect(hasGoodSignature(parsed(text), ROOT_KEY)).toBe(true);
});

test("the shortest token keeps the promise made to scanners: 85 characters after the prefix", () => {
  const text = formatToken(issueMacaroon(ROOT_KEY, { location: "", identifier: HEADER.identifier, caveats: [] }));
  expect(text).toMatch(/^pypi-[A-Za-z0-9_-]{85,}$/);
});

const GOOD = VECTORS[1]?.text ?? "";
const signature = Buffer.alloc(32);
test.each([
  ["nothing", ""],
  ["the prefix alone", "pypi-"],
  ["another prefix", `test-${GOOD}`],
  ["no prefix", GOOD],
  ["the prefix in capitals", `PYPI-${GOOD}`],
  ["padding", `pypi-${GOOD}=`],
  ["one character more", `pypi-${GOOD}A`],
  ["plain base64", `pypi-${GOOD.replaceAll("_", "/")}`],
  ["white space inside", `pypi-${GOOD.slice(0, 20)} ${GOOD.slice(20)}`],
  ["spare bits that are not zero", token(2, 2, 1, "a", 0, 0, 6, 32, signature).replace(/A$/, "B")],
  ["a version byte of its own", token(3, 2, 1, "a", 0, 0, 6, 32, signature)],
  ["no identifier", token(2, 1, 1, "a", 0, 0, 6, 32, signature)],
  ["a third-party caveat", token(2, 2, 1, "a", 0, 2, 1, "c", 4, 1, "v", 0, 0, 6, 32, signature)],
  ["a caveat with a location", token(2, 2, 1, "a", 0, 1, 1, "l", 2, 1, "c", 0, 0, 6, 32, signature)],
  ["a short signature", token(2, 2, 1, "a", 0, 0, 6, 31, signature.subarray(1))],
  ["something behind the signature", token(2, 2, 1, "a", 0, 0, 6, 32, signature, 0)],
  ["a length beyond the end", token(2, 2, 0xff, 0xff, 0x7f, "a", 0, 0, 6, 32, signature)],
  ["a length of four groups", token(2, 2, 0x81, 0x80, 0x80, 0, "a", 0, 0, 6, 32, signature)],
  ["an identifier that is not UTF-8", token(2, 2, 1, 0xff, 0, 0, 6, 32, signature)],
  ["a version 1 packet of length 0", token("0000location a\n")],
  ["a version 1 third-party caveat", token(packet("location", ""), packet("identifier", "a"), packet("vid", "v"))],
  ["version 1 without a signature", token(packet("location", ""), packet("identifier", "a"))],
  ["more than a header holds", `pypi-${"A".repeat(70_000)}`],
])("%s is not a token", (_, text) => {
  expect(parseToken(text)).toBeUndefined();
});

test("the tokens that those cases spoil are good ones", () => {
  expect(parseToken(token(2, 2, 1, "a", 0, 0, 6, 32, signature))).toMatchObject({ location: "", identifier: "a" });
  expect(parseToken(token(2, 2, 1, "a", 0, 2, 1, "c", 0, 0, 6, 32, signature))?.caveats).toHaveLength(1);
  expect(
    parseToken(token(packet("location", ""), packet("identifier", "a"), packet("signature", signature))),
  ).toMatchObject({ identifier: "a" });
});

test("no text makes the parser throw, and no change of one byte keeps the signature good", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), fc.uint8Array({ maxLength: 200 }), (text, bytes) => {
      parseToken(text);
      parseToken(`pypi-${text}`);
      parseToken(token(2, Buffer.from(bytes)));
      parseToken(token("00", Buffer.from(bytes)));
    }),
    { numRuns: 2_000 },
  );
  const good = Buffer.from(GOOD, "base64url");
  const firstSignedByte = 1 + 2 + HEADER.location.length;
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
      const changed = Buffer.from(good);
      changed.writeUInt8(good.readUInt8(at) ^ flip, at);
      const macaroon = parseToken(token(changed));
      return at < firstSignedByte || !macaroon || !hasGoodSignature(macaroon, ROOT_KEY);
    }),
    { numRuns: 2_000 },
  );
});
