import { freePort, start } from "../processes.ts";
import type { PythonPeer } from "./python.ts";
import { simpleAddress, subjects, type Target } from "./target.ts";

export interface PypiserverOptions {
  readonly name: string;
  /** The flat folder of files. */
  readonly packages: string;
  /** Without, it reads the folder for every request: what `pip install pypiserver` gives. With, what its container image does. */
  readonly cache: boolean;
}

export type Pypiserver = Target & { readonly url: string };

export async function startPypiserver(
  { program }: PythonPeer,
  { name, packages, cache }: PypiserverOptions,
): Promise<Pypiserver> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}/`;
  const words = ["-i", "127.0.0.1", "-p", String(port), "-P", ".", "-a", ".", "--log-stream", "none"];
  const backend = cache ? "cached-dir" : "simple-dir";
  const running = start(name, program("pypi-server"), ["run", ...words, "--backend", backend, packages]);
  return {
    name,
    url,
    roots: [running.pid],
    startUp: await running.answering(url),
    isSlow: true,
    address: async (subject) =>
      subject === "json" ? `${url}${subjects.json.project}/json` : simpleAddress(`${url}simple/`, subject),
    stop: () => running.stop(),
  };
}
