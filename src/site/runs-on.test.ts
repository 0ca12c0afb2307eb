import { expect, test } from "vitest";
import { runsOn } from "./runs-on.ts";

test.each([
  ["brie-1.0-py3-none-any.whl", ["Python 3"], ["any platform"]],
  ["brie-1.0-py2.py3-none-any.whl", ["Python 2", "Python 3"], ["any platform"]],
  ["brie-1.0-cp312-cp312-win_amd64.whl", ["CPython 3.12"], ["Windows x86-64"]],
  ["brie-1.0-cp313-cp313t-macosx_11_0_arm64.whl", ["CPython 3.13 free-threaded"], ["macOS 11.0+ ARM64"]],
  [
    "brie-1.0-cp39-abi3-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
    ["CPython 3.9 and later"],
    ["manylinux: glibc 2.17+ x86-64"],
  ],
  ["brie-1.0-pp310-pypy310_pp73-win_amd64.whl", ["PyPy 3.10"], ["Windows x86-64"]],
])("%s runs on %j, %j", (filename, interpreters, platforms) => {
  expect(runsOn({ filename, packagetype: "bdist_wheel" })).toEqual({ interpreters, platforms });
});

test("a source runs where it is built, and what has no readable name says its kind", () => {
  expect(runsOn({ filename: "brie-1.0.tar.gz", packagetype: "sdist" }).interpreters).toEqual(["Source"]);
  expect(runsOn({ filename: "brie-1.0.egg", packagetype: "bdist_egg" })).toEqual({
    interpreters: ["bdist_egg"],
    platforms: [],
  });
});
