const INTERPRETERS: Readonly<Record<string, string>> = {
  py: "Python",
  cp: "CPython",
  pp: "PyPy",
  ip: "IronPython",
  jy: "Jython",
  graalpy: "GraalPy",
};
const LIBCS: Readonly<Record<string, string>> = { manylinux: "glibc", musllinux: "musl" };
const WINDOWS: Readonly<Record<string, string>> = {
  win32: "Windows x86",
  win_amd64: "Windows x86-64",
  win_arm64: "Windows ARM64",
  win_ia64: "Windows Itanium",
};
/** The glibc that the tags older than PEP 600 stand for. */
const OLD_MANYLINUX: Readonly<Record<string, string>> = { "1": "2.5", "2010": "2.12", "2014": "2.17" };

/** The interpreter tag of PEP 425 in words: `cp314` is "CPython 3.14", `py3` is "Python 3"; unknown ones stay as they are. */
export function pythonTagLabel(tag: string): string {
  const [, prefix = "", major, minor] = /^([a-z]+)([0-9])?([0-9]+)?$/.exec(tag) ?? [];
  const name = INTERPRETERS[prefix];
  if (!name) return tag;
  return major ? `${name} ${major}${minor ? `.${minor}` : ""}` : name;
}

/** The ABI tag of PEP 425 in words; `none` has none. */
export function abiTagLabel(tag: string): string {
  if (tag === "none") return "";
  if (tag === "abi3") return "CPython 3.x+";
  if (tag === "abi3t") return "CPython 3.x+ free-threaded";
  const [, version, flags = ""] = /^(cp[0-9]+)([dmut]*)$/.exec(tag) ?? [];
  const isFreeThreaded = flags.includes("t");
  if (version === undefined || flags.indexOf("t") !== flags.lastIndexOf("t")) return tag;
  return `${pythonTagLabel(version)}${isFreeThreaded ? " free-threaded" : ""}`;
}

/** The platform tag of PEP 425 in words, as file lists show it; unknown ones stay as they are. */
export function platformTagLabel(tag: string): string {
  if (tag === "any") return "any platform";
  const windows = WINDOWS[tag];
  if (windows) return windows;
  const [, linux = "", major, minor, machine] = /^(manylinux|musllinux)_([0-9]+)_([0-9]+)_(\w+)$/.exec(tag) ?? [];
  if (machine) return `${linux}: ${LIBCS[linux]} ${major}.${minor}+ ${machineLabel(machine)}`;
  const [, generation = "", oldMachine] = /^manylinux(1|2010|2014)_(\w+)$/.exec(tag) ?? [];
  if (oldMachine) return `manylinux: glibc ${OLD_MANYLINUX[generation]}+ ${machineLabel(oldMachine)}`;
  const [, macMajor, macMinor, macMachine] = /^macosx_([0-9]+)_([0-9]+)_(\w+)$/.exec(tag) ?? [];
  if (macMachine) return `macOS ${macMajor}.${macMinor}+ ${machineLabel(macMachine)}`;
  return tag;
}

function machineLabel(machine: string): string {
  if (machine === "x86_64") return "x86-64";
  if (machine === "aarch64" || machine === "arm64") return "ARM64";
  return machine;
}
