import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { EmbeddedConnection, EmbeddedOptions } from "../../src/platform/db/embedded/index.ts";

export interface User {
  readonly uid: number;
  readonly gid: number;
}

type Message =
  | { readonly kind: "ready"; readonly pid: number; readonly connection: EmbeddedConnection }
  | { readonly kind: "refused"; readonly code: string; readonly message: string }
  | { readonly kind: "log"; readonly message: string }
  | { readonly kind: "down" }
  | { readonly kind: "back"; readonly pid: number };

type Of<Kind extends Message["kind"]> = Extract<Message, { kind: Kind }>;

export interface Supervisor {
  readonly pid: number;
  /** What it has said so far. */
  readonly said: readonly Message[];
  /** The first message of a kind, past or future. Rejects when the program ends without one. */
  hear<Kind extends Message["kind"]>(kind: Kind): Promise<Of<Kind>>;
  /** To the program alone, or to its whole process group as a terminal does. Resolves when it is gone, for signals that end it. */
  kill(signal: NodeJS.Signals, to?: "program" | "group"): Promise<void>;
  readonly gone: Promise<void>;
}

const PROGRAM = fileURLToPath(new URL("./embedded-supervisor.ts", import.meta.url));

type Options = Pick<EmbeddedOptions, "dataDir" | "settings" | "elsewhere" | "isBrief">;

/** embedded-supervisor.ts as a process and process group of its own, of another user if told so. */
export function supervise(options: Options, user?: User): Supervisor {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(options)], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    cwd: "/",
    ...user,
  });
  const pid = child.pid ?? 0;
  const said: Message[] = [];
  const waiting: { kind: string; resolve: (message: Message) => void; reject: (error: Error) => void }[] = [];
  let errors = "";
  child.stderr.on("data", (chunk: Buffer) => {
    errors += chunk;
  });
  createInterface(child.stdout).on("line", (line) => {
    const message: Message = JSON.parse(line);
    said.push(message);
    for (const one of waiting) if (one.kind === message.kind) one.resolve(message);
  });
  const gone = new Promise<void>((resolve) => child.on("close", () => resolve()));
  void gone.then(() => {
    for (const { kind, reject } of waiting)
      reject(new Error(`ended without "${kind}": ${JSON.stringify(said)} ${errors}`));
  });
  return {
    pid,
    said,
    gone,
    hear<Kind extends Message["kind"]>(kind: Kind) {
      const isWanted = (message: Message): message is Of<Kind> => message.kind === kind;
      const { promise, resolve, reject } = Promise.withResolvers<Of<Kind>>();
      const past = said.find(isWanted);
      if (past) resolve(past);
      else waiting.push({ kind, reject, resolve: (message) => isWanted(message) && resolve(message) });
      return promise;
    },
    async kill(signal, to = "program") {
      process.kill(to === "group" ? -pid : pid, signal);
      if (signal !== "SIGINT") await gone;
    },
  };
}
