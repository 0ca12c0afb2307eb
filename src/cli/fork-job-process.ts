import { fork } from "node:child_process";
import type { WorkerProcess } from "./crew.ts";
import type { ToSupervisor } from "./messages.ts";

/** The first word by which main.ts knows what it is; nothing that a person would type. */
export const JOB_PROCESS = "--job-process";

/** Makes a process of this same program that does jobs and has no part in the listening socket. */
export function forkJobProcess(): WorkerProcess {
  const child = fork(process.argv[1] ?? "", [JOB_PROCESS]);
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
