// Reads one wheel in a fresh process: `wheel.ts metadata|all FILE`. Prints CPU, bytes read, and by how much the memory grew.
import { readFileSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import { basename } from "node:path";
import { type Bytes, bytesOfFile, readWheel, readWheelMetadata } from "../../src/packaging-standards/index.ts";

const [what = "", file = ""] = process.argv.slice(2);
const options = { archivesUrl: "http://127.0.0.1/help/archives" };
const handle = await open(file, "r");
const bytes = await bytesOfFile(handle);
let bytesRead = 0;
const counted: Bytes = {
  size: bytes.size,
  async read(offset, length) {
    const part = await bytes.read(offset, length);
    bytesRead += part.length;
    return part;
  },
};

/** A line of the kernel's account of this process, in bytes (proc(5)). */
function account(line: "VmRSS" | "VmHWM"): number {
  const status = readFileSync("/proc/self/status", "utf8");
  return Number(new RegExp(`^${line}:\\s*([0-9]+) kB$`, "m").exec(status)?.[1]) * 1024;
}

// The highest mark falls to what the process takes now.
writeFileSync("/proc/self/clear_refs", "5");
const memory = account("VmRSS");
const before = process.cpuUsage();
if (what === "metadata") await readWheelMetadata(counted, basename(file), options);
else await readWheel(counted, basename(file), options);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ cpu: (user + system) / 1e6, bytesRead, memory: account("VmHWM") - memory }));
await handle.close();
