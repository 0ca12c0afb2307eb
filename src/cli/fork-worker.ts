import cluster from "node:cluster";
import type { WorkerProcess } from "./crew.ts";
import type { ToSupervisor } from "./messages.ts";

/**
 * Node waits for the disk in four threads: four large uploads that reach it at the same time would hold up everyone who reads
 * a file. With these, ten do not.
 */
const FILE_THREADS = "16";

/** Makes a worker of this same program; main.ts sees that it is one. Workers share the listening socket and accept by themselves. */
export function forkWorker(): WorkerProcess {
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  const worker = cluster.fork({ UV_THREADPOOL_SIZE: FILE_THREADS });
  // Writing to a worker that has just died: its exit is told by "exit".
  worker.on("error", () => {});
  return {
    pid: worker.process.pid,
    send: (message) => {
      if (worker.isConnected()) worker.send(message, undefined, () => {});
    },
    kill: () => void worker.process.kill("SIGKILL"),
    onMessage: (listener) => void worker.on("message", (message: ToSupervisor) => listener(message)),
    onExit: (listener) =>
      void worker.once("exit", (code: number | null, signal: string | null) => listener(signal ?? `exit code ${code}`)),
  };
}
