import { expect, test } from "vitest";
import { normalizeName } from "../packaging-standards/index.ts";
import { distributionOf } from "./distribution-of.ts";

test.each([
  ["brie", "brie-1.0-py3-none-any.whl", "1.0", "bdist_wheel", "py3"],
  ["brie", "brie-1.0-2-py2.py3-none-any.whl", "1.0", "bdist_wheel", "py2.py3"],
  ["brie", "brie-1.0+mild.1-cp314-abi3-manylinux_2_28_x86_64.whl", "1.0+mild.1", "bdist_wheel", "cp314"],
  ["goat-cheese", "Goat.Cheese-1.0.0rc1-py3-none-any.whl", "1.0.0rc1", "bdist_wheel", "py3"],
  ["brie", "brie-1.0_1-py3-none-any.whl", "1.0.post1", "bdist_wheel", "py3"],
  ["brie", "brie-trunk-py3-none-any.whl", "trunk", "bdist_wheel", "py3"],
  ["brie", "brie-1.0.tar.gz", "1.0", "sdist", "source"],
  ["brie", "Brie-v1.0-RC1.zip", "1.0rc1", "sdist", "source"],
  ["brie", "brie-1.0-1.tar.bz2", "1.0.post1", "sdist", "source"],
  ["goat-cheese", "goat-cheese-2.tgz", "2", "sdist", "source"],
  ["goat-cheese", "goat_cheese-2.tar.xz", "2", "sdist", "source"],
  ["brie", "brie-2008-05-first.tar.gz", "2008-05-first", "sdist", "source"],
  ["brie", "brie-dev.tar.gz", "dev", "sdist", "source"],
  ["brie", "brie.tar.gz", "", "sdist", "source"],
  ["brie", "brie_final.zip", "", "sdist", "source"],
  ["brie", "brie-1.0-py2.7.egg", "1.0", "bdist_egg", "2.7"],
  ["brie", "brie-1.0-py3.10-win-amd64.egg", "1.0", "bdist_egg", "3.10"],
  ["brie", "brie-1.0.egg", "1.0", "bdist_egg", "any"],
  ["brie", "brie-1.0.win32-py2.5.exe", "1.0", "bdist_wininst", "2.5"],
  ["brie", "brie-1.0.win-amd64.exe", "1.0", "bdist_wininst", "any"],
  ["brie", "brie-1.0.win32-py3.1.msi", "1.0", "bdist_msi", "3.1"],
  ["brie", "brie-1.0-py2.6-macosx10.5.dmg", "1.0", "bdist_dmg", "2.6"],
  ["brie", "brie-1.0-1.noarch.rpm", "1.0", "bdist_rpm", "any"],
  ["brie", "brie-1.0-1.src.rpm", "1.0", "bdist_rpm", "source"],
  ["brie", "brie-1.0.linux-x86_64.tar.gz", "1.0", "bdist_dumb", "any"],
  ["brie", "brie-1.0.macosx-10.6-x86_64.tar.gz", "1.0", "bdist_dumb", "any"],
])("in the page of %s, %s is version '%s', %s for %s", (project, filename, version, packagetype, pythonVersion) => {
  expect(distributionOf(normalizeName(project), filename)).toEqual({ version, packagetype, pythonVersion });
});

test.each([
  ["another project's wheel", "camembert-1.0-py3-none-any.whl"],
  ["another project's wheel without a version", "camembert-trunk-py3-none-any.whl"],
  ["a wheel of a longer name", "brie_extra-1.0-py3-none-any.whl"],
  ["another project's sdist", "camembert-1.0.tar.gz"],
  ["an sdist of a longer name", "brie-extra-1.0.tar.gz"],
  ["another project's egg", "camembert-1.0-py2.7.egg"],
  ["no distribution", "index.html"],
  ["a signature", "brie-1.0.tar.gz.asc"],
  ["a name with a separator", "../brie-1.0.tar.gz"],
  ["a name with a line break", "brie-1.0\n.tar.gz"],
  ["half a character", "brie-1.0\ud800.tar.gz"],
  ["a name that is too long", `brie-${"1".repeat(256)}.tar.gz`],
  ["nothing", ""],
])("%s is no file of brie: %j", (_, filename) => {
  expect(distributionOf(normalizeName("brie"), filename)).toBeUndefined();
});

test("names that only an attacker would choose cost no time", () => {
  const start = performance.now();
  for (const part of ["-", ".win", "-py1.", "-1", ".linux-", "_"]) {
    for (const end of [".tar.gz", ".whl", ".egg", ".exe", ".rpm", ".zip"]) {
      distributionOf(normalizeName("brie"), (part.repeat(250) + end).slice(-255));
    }
  }
  expect(performance.now() - start).toBeLessThan(1000);
});
