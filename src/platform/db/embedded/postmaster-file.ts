// postmaster.pid: one line each for pid, data folder, start in epoch seconds, port, socket folder, listen address,
// shared memory key, status.

export interface PostmasterFile {
  readonly pid: number;
  readonly cluster: string;
  readonly socketFolder: string;
  /** While it recovers or stops, a postmaster lives and takes no connections. */
  readonly isReady: boolean;
}

/** Undefined for text that is not a whole pid file, as it is for a moment while PostgreSQL writes it. */
export function parsePostmasterFile(text: string): PostmasterFile | undefined {
  const [first = "", cluster = "", , , socketFolder = "", , , status = ""] = text.split("\n");
  const pid = Number(first);
  if (!Number.isSafeInteger(pid) || pid <= 1 || !cluster) return undefined;
  return { pid, cluster, socketFolder, isReady: status.trim() === "ready" };
}
