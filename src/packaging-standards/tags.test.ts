import { expect, test } from "vitest";
import { isLocalPlatform, isPortablePlatform } from "./platform-tags.ts";
import { abiTagLabel, platformTagLabel, pythonTagLabel } from "./tag-labels.ts";

test.each([
  "any",
  "win32",
  "win_arm64",
  "linux_armv7l",
  "manylinux1_x86_64",
  "manylinux2014_s390x",
  "manylinux_2_17_x86_64",
  "manylinux_2_99_ppc64",
  "musllinux_1_2_riscv64",
  "macosx_10_9_universal2",
  "macosx_11_0_arm64",
  "macosx_26_0_x86_64",
  "macosx_27_0_arm64",
  "ios_13_0_arm64_iphonesimulator",
  "android_21_arm64_v8a",
  "pyemscripten_2026_0_wasm32",
])("%s is a portable platform", (tag) => {
  expect(isPortablePlatform(tag)).toBe(true);
});

test.each([
  "",
  "linux_x86_64",
  "linux_aarch64",
  "manylinux1_aarch64",
  "manylinux2010_s390x",
  "manylinux_2_17_armv6l",
  "manylinux_2_39_loongarch64",
  "musllinux_1_1_ppc64",
  "macosx_11_1_arm64",
  "macosx_16_0_arm64",
  "macosx_99_0_arm64",
  "ios_13_0_arm64_iphoneosx",
  "pyodide_2025_0_wasm32",
  "emscripten_4_0_9_wasm32",
  "wasi_0_0_0_wasm32",
  "freebsd_14_amd64",
  "WIN32",
  "win32\n",
])("%j is not a portable platform", (tag) => {
  expect(isPortablePlatform(tag)).toBe(false);
});

test("a tag of the builder's own Linux is local", () => {
  expect(["linux_x86_64", "linux_aarch64", "linux_armv7l", "manylinux1_i686", "win32"].filter(isLocalPlatform)).toEqual(
    ["linux_x86_64", "linux_aarch64"],
  );
});

test("tags have names for people", () => {
  expect(["py3", "py2", "cp314", "cp39", "pp310", "graalpy311", "cp", "zz9"].map(pythonTagLabel)).toEqual([
    "Python 3",
    "Python 2",
    "CPython 3.14",
    "CPython 3.9",
    "PyPy 3.10",
    "GraalPy 3.11",
    "CPython",
    "zz9",
  ]);
  expect(["none", "abi3", "cp314t", "cp27mu", "pypy310_pp73"].map(abiTagLabel)).toEqual([
    "",
    "CPython 3.x+",
    "CPython 3.14 free-threaded",
    "CPython 2.7",
    "pypy310_pp73",
  ]);
  expect(
    [
      "any",
      "win_amd64",
      "manylinux_2_17_aarch64",
      "manylinux2014_x86_64",
      "musllinux_1_2_x86_64",
      "macosx_11_0_arm64",
      "ios_13_0_arm64_iphoneos",
    ].map(platformTagLabel),
  ).toEqual([
    "any platform",
    "Windows x86-64",
    "manylinux: glibc 2.17+ ARM64",
    "manylinux: glibc 2.17+ x86-64",
    "musllinux: musl 1.2+ x86-64",
    "macOS 11.0+ ARM64",
    "ios_13_0_arm64_iphoneos",
  ]);
});
