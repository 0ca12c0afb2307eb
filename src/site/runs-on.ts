import { abiTagLabel, parseWheelFilename, platformTagLabel, pythonTagLabel } from "../packaging-standards/index.ts";

/** What a file runs on, in words. Either may be several, or empty where its name does not say. */
export interface RunsOn {
  readonly interpreters: readonly string[];
  readonly platforms: readonly string[];
}

/** Reads the tags of a wheel's file name (PEP 425); other kinds of files say little. */
export function runsOn({ filename, packagetype }: { readonly filename: string; readonly packagetype: string }): RunsOn {
  if (packagetype === "sdist") return { interpreters: ["Source"], platforms: ["built when installed"] };
  const wheel = readWheel(filename);
  if (wheel === undefined) return { interpreters: [packagetype], platforms: [] };
  const pythons = wheel.pythons.map(pythonTagLabel);
  const abis = wheel.abis.filter((abi) => abi !== "none");
  return {
    interpreters: unique(abis.length === 0 ? pythons : abis.flatMap((abi) => interpreterOf(abi, pythons))),
    platforms: unique(wheel.platforms.map(platformTagLabel)),
  };
}

/** The stable ABI is a promise about later versions; any other one names its interpreter, mostly the same as the Python tag. */
function interpreterOf(abi: string, pythons: readonly string[]): readonly string[] {
  if (abi === "abi3") return pythons.map((python) => `${python} and later`);
  if (abi === "abi3t") return pythons.map((python) => `${python} and later, free-threaded`);
  const label = abiTagLabel(abi);
  return pythons.some((python) => label.startsWith(python)) ? [label] : pythons;
}

function readWheel(filename: string) {
  try {
    return parseWheelFilename(filename);
  } catch {
    // Imported history holds names that today's rules refuse; the list shows them as they are.
    return undefined;
  }
}

const unique = (labels: readonly string[]) => [...new Set(labels)];
