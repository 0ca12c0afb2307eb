// Reads one wheel in a fresh process: `wheel.ts metadata|all FILE`. Prints CPU, bytes read, and by how much the memory grew.
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

/** The most memory that the process has taken so far, in bytes. */
const mostMemory = () => process.resourceUsage().maxRSS * 1024;

const memory = mostMemory();
const before = process.cpuUsage();
if (what === "metadata") await readWheelMetadata(counted, basename(file), options);
else await readWheel(counted, basename(file), options);
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({ cpu: (user + system) / 1e6, bytesRead, memory: mostMemory() - memory }));
await handle.close();
