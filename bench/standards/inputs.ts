// What the standards are measured with: made by rule, the same in every run, shaped like the texts of a public index.
import { buildWheel } from "../../test/support/distributions.ts";

export interface Inputs {
  readonly versions: readonly string[];
  readonly requirements: readonly string[];
}

/** Seven versions in ten are plain numbers; a requirement in five has no specifier, three in five a marker. */
export function makeInputs(versions: number, requirements: number): Inputs {
  const below = createRandom(7);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const release = () =>
    Array.from({ length: 2 + below(3) }, () => (below(10) === 0 ? below(3000) : below(30))).join(".");
  const suffixes = [
    ...Array.from({ length: 14 }, () => () => ""),
    () => `${pick(["a", "b", "rc"])}${below(9)}`,
    () => `-${pick(["alpha", "beta", "RC"])}.${below(5)}`,
    () => `.post${below(9)}`,
    () => `.dev${below(900)}`,
    () => `rc${below(4)}.dev${below(900)}`,
    () => `+local.${below(9)}`,
  ];
  const specifiers = [
    () => "",
    () => `>=${release()}`,
    () => ` (>=${release()},<${release()})`,
    () => `~=${release()}`,
    () => `>=${release()},!=${release()}.*,<${below(20)}`,
  ];
  const markers = [
    () => "",
    () => "",
    () => `; python_version < "3.${below(14)}"`,
    () => "; extra == 'dev'",
    () => `; (sys_platform == "win32" or os_name == 'nt') and extra == "test"`,
  ];
  const names = ["numpy", "requests", "typing-extensions", "zope.interface", "pytest_cov", "importlib-metadata"];
  return {
    versions: Array.from({ length: versions }, () => release() + pick(suffixes)()),
    requirements: Array.from(
      { length: requirements },
      () => pick(names) + pick(["", "", "", "[security,socks]"]) + pick(specifiers)() + pick(markers)(),
    ),
  };
}

/** A wheel of so many modules, and of so many bytes beside them that do not compress. */
export function makeWheel(modules: number, padding: number): { readonly filename: string; readonly bytes: Buffer } {
  const files = Object.fromEntries(
    Array.from({ length: modules }, (_, at) => [`demo/part_${at % 97}/module_${at}.py`, `answer = ${at}\n`]),
  );
  return buildWheel({ files, padding, description: "A wheel to be measured.\n".repeat(200) });
}

/** mulberry32. */
function createRandom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
