import { expect, test } from "vitest";
import { rulesOf } from "../../test/support/app.ts";
import { buildSdist, buildWheel, type Distribution } from "../../test/support/distributions.ts";
import { bytesOfBuffer } from "../packaging-standards/index.ts";
import { checkDistribution } from "./check-distribution.ts";

const good = { description: "About it.", requiresPython: ">=3.9" };

async function check(distribution: Pick<Distribution, "bytes" | "filename">, preset: "relaxed" | "strict" = "relaxed") {
  const options = { rules: rulesOf({ preset }), publicUrl: "http://index.test/" };
  return await checkDistribution(bytesOfBuffer(distribution.bytes), distribution.filename, options);
}

test.each([buildWheel(good), buildSdist(good)])(
  "$filename, in which nothing is wrong, is fine",
  async (distribution) => {
    expect(await check(distribution, "strict")).toEqual([]);
  },
);

test.each<[string, Distribution | Pick<Distribution, "bytes" | "filename">, string, string, string]>([
  [
    "an ending that nobody takes",
    { ...buildWheel(good), filename: "demo-1.0.egg" },
    "S18 file name",
    "file name",
    "Invalid file extension",
  ],
  [
    "bytes that are no archive",
    { ...buildWheel(good), bytes: Buffer.from("no zip") },
    "S26 archive",
    "archive",
    "Invalid distribution file. File is not a",
  ],
  [
    "a truncated archive",
    { ...buildSdist(good), bytes: buildSdist(good).bytes.subarray(0, -20) },
    "S26 archive",
    "archive",
    "not a valid tarfile",
  ],
  [
    "an old metadata version",
    buildWheel({ metadata: "Metadata-Version: 2.0\nName: demo\nVersion: 1.0\n" }),
    "S08 metadata",
    "METADATA, field metadata-version",
    "'2.0' is not a valid metadata version",
  ],
  [
    "a name with a blank",
    buildWheel({ metadata: "Metadata-Version: 2.1\nName: de mo\nVersion: 1.0\n" }),
    "S07 form",
    "METADATA, field name",
    "invalid value for Name",
  ],
  [
    "METADATA of another project",
    { ...buildWheel(good), filename: "other-1.0-py3-none-any.whl" },
    "S26 archive",
    "archive",
    "WHEEL not found",
  ],
  [
    "another version in an sdist's name",
    { ...buildSdist(good), filename: "demo-2.0.tar.gz" },
    "S27 sdist",
    "file name",
    "should be 'demo-1.0.tar.gz'",
  ],
  [
    "a wheel for one machine",
    buildWheel({ ...good, tag: "cp312-cp312-linux_x86_64" }),
    "S28 wheel",
    "file name",
    "unsupported platform tag 'linux_x86_64'",
  ],
  ["no RECORD", buildWheel({ ...good, record: null }), "S28 wheel", "archive", "RECORD"],
  [
    "a missing license file",
    buildSdist({ metadata: "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nLicense-File: LICENSE\n" }),
    "S27 sdist",
    "archive",
    "License-File LICENSE does not exist",
  ],
])("%s is refused with the server's sentence", async (_, distribution, step, place, message) => {
  const errors = (await check(distribution, "strict")).filter(({ severity }) => severity === "error");
  expect(errors).toEqual([expect.objectContaining({ step, place, message: expect.stringContaining(message) })]);
});

test("more than one mistake is told at once", async () => {
  const wheel = buildWheel({ ...good, tag: "cp312-cp312-linux_x86_64" });
  const rules = rulesOf({ preset: "strict", rules: { "file-limit": "100B" } });
  const options = { rules, publicUrl: "http://index.test/" };
  const findings = await checkDistribution(bytesOfBuffer(wheel.bytes), wheel.filename, options);
  expect(findings.map(({ place }) => place)).toEqual(["size", "file name"]);
});

test("what is taken all the same is advice", async () => {
  const findings = await check(buildWheel({ tag: "cp312-cp312-linux_x86_64" }));
  expect(findings.map(({ severity, place }) => [severity, place])).toEqual([["warning", "metadata, requires-python"]]);
});

test("License-File of before metadata 2.4, which clients do not send, is no mistake", async () => {
  const metadata =
    "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nLicense-File: LICENSE\nRequires-Python: >=3\n\nAbout it.\n";
  expect(await check(buildWheel({ metadata }), "strict")).toEqual([]);
});
