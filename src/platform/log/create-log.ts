import { pino, stdSerializers, stdTimeFunctions } from "pino";
import type { Log } from "./log.ts";
import { readable } from "./readable.ts";
import { scrub } from "./scrub.ts";

export interface LogOptions {
  readonly level: "debug" | "info" | "warn" | "error";
  /** Which process speaks: `supervisor`, `worker 2`. A field of every line. */
  readonly from?: string;
  /** Takes whole lines, newline included. */
  readonly write: (line: string) => void;
  /** Short lines for a person instead of JSON. */
  readonly isReadable: boolean;
}

/** A log of JSON lines, or of short ones; secrets are taken out of either. Errors go into the field `err` or `error`. */
export function createLog({ level, from, write, isReadable }: LogOptions): Log {
  return pino(
    {
      level,
      base: from === undefined ? null : { from },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: stdSerializers.err, error: stdSerializers.err },
    },
    { write: (line: string) => write(isReadable ? readable(scrub(line)) : scrub(line)) },
  );
}

/** The log of a process: to standard error, in short lines when that is a terminal. */
export function createProcessLog(level: LogOptions["level"], from?: string): Log {
  // Whoever read our log has gone; that is no reason to stop serving.
  process.stderr.on("error", () => {});
  return createLog({
    level,
    ...(from !== undefined && { from }),
    write: (line) => process.stderr.write(line),
    isReadable: process.stderr.isTTY === true,
  });
}
