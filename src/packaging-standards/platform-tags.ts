import macos from "./macos.generated.json" with { type: "json" };

const STATIC: ReadonlySet<string> = new Set([
  "any",
  ...["win32", "win_amd64", "win_arm64", "win_ia64"],
  ...["linux_armv6l", "linux_armv7l"],
  ...["x86_64", "i686"].flatMap((machine) => [`manylinux1_${machine}`, `manylinux2010_${machine}`]),
  ...["x86_64", "i686", "aarch64", "armv7l", "ppc64", "ppc64le", "s390x"].map((machine) => `manylinux2014_${machine}`),
]);

const MACOS_MACHINES = "(?:ppc|ppc64|i386|x86_64|arm64|intel|fat|fat3|fat64|universal|universal2)";
const LINUX_MACHINES = "x86_64|i686|aarch64|armv7l|ppc64le|s390x|riscv64";

/** macOS goes by one number from 11 on, and went from 15 to 26; a new one joins the data every autumn. */
const FAMILIES: readonly RegExp[] = [
  new RegExp(`^manylinux_[0-9]+_[0-9]+_(?:${LINUX_MACHINES}|ppc64)$`),
  new RegExp(`^musllinux_[0-9]+_[0-9]+_(?:${LINUX_MACHINES})$`),
  new RegExp(`^macosx_(?:10_[0-9]+|(?:${macos.versions.join("|")})_0)_${MACOS_MACHINES}$`),
  /^ios_[0-9]+_[0-9]+_(?:arm64|x86_64)_(?:iphoneos|iphonesimulator)$/,
  /^android_[0-9]+_(?:armeabi_v7a|arm64_v8a|x86|x86_64)$/,
  /^pyemscripten_[0-9]+_[0-9]+_wasm32$/,
];

/**
 * Whether a public index takes wheels for this platform (lower-case tag, PEP 425 and PEPs 600, 656, 730, 738, 783).
 * Tags that mean only the builder's own machine, such as `linux_x86_64`, are not portable and not in the list.
 */
export function isPortablePlatform(tag: string): boolean {
  return STATIC.has(tag) || FAMILIES.some((family) => family.test(tag));
}

/** Linux tags that name no minimum libc; an index for one's own machines may take them (`local-platform-tags`). */
export function isLocalPlatform(tag: string): boolean {
  return /^linux_[a-z0-9_]+$/.test(tag) && !STATIC.has(tag);
}
