import { fork } from "node:child_process";
import type { WorkerProcess } from "./crew.ts";
import type { ToSupervisor } from "./messages.ts";

/** The first words by which main.ts knows what it is; nothing that a person would type. */
export const JOB_PROCESS = "--job-process";
export const FETCHER_PROCESS = "--fetcher-process";

/** Makes a process of this same program that has no part in the listening socket. */
export function forkProcess(word: typeof JOB_PROCESS | typeof FETCHER_PROCESS): WorkerProcess {
  const child = fork(process.argv[1] ?? "", [word]);
  // Writing to one that has just died: its exit is told by "exit".
  child.on("error", () => {});
  return {
    pid: child.pid,
    send: (message) => {
      if (child.connected) child.send(message, () => {});
    },
    kill: () => void child.kill("SIGKILL"),
    onMessage: (listener) => void child.on("message", (message: ToSupervisor) => listener(message)),
    onExit: (listener) => void child.once("exit", (code, signal) => listener(signal ?? `exit code ${code}`)),
  };
}
