// What the fetcher and those who need it say to each other: requests as JSON, answers as JSON, a file as one line of JSON for
// each step of its growth. Its bytes do not travel: who reads it reads the file that it grows in.
import { z } from "zod";
import type { NormalizedName } from "../packaging-standards/index.ts";
import { Problem } from "../platform/errors/problem.ts";
import { FileGone, UpstreamUnavailable } from "./errors.ts";
import type { UpstreamState } from "./fetcher.ts";
import type { Growth } from "./growing-file.ts";

const source = z.object({ id: z.uuid(), name: z.string(), kind: z.enum(["hosted", "mirror"]) });
const name = z.custom<NormalizedName>((value) => typeof value === "string" && /^[a-z0-9-]+$/.test(value));
const file = z.object({ address: z.string().regex(/^[0-9a-f]{64}$/), filename: z.string() });

/** What can be asked, by path; all of it by POST. */
export const questions = {
  "/refresh-project": z.object({ source, name }),
  "/fetch-release-metadata": z.object({ source, name, version: z.string() }),
  "/fetch-metadata-sibling": z.object({ source, file }),
  "/open-file": z.object({ source, file }),
  "/states": z.object({}),
};
export type Questions = { readonly [Path in keyof typeof questions]: z.infer<(typeof questions)[Path]> };
export type Path = keyof Questions;

const count = z.number().int().nonnegative();
const growth: z.ZodType<Growth> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("grown"), readable: count }),
  z.object({ kind: z.literal("kept"), blake2b: z.string().regex(/^[0-9a-f]{64}$/), size: count }),
  z.object({ kind: z.literal("failed"), message: z.string() }),
]);
/** The first line about a file. */
const opened = z.object({ path: z.string().nullable(), size: count.nullable(), growth });
export type Opened = z.infer<typeof opened>;

export const parseOpened = (line: string): Opened => opened.parse(JSON.parse(line));
export const parseGrowth = (line: string): Growth => growth.parse(JSON.parse(line));

const instant = z
  .string()
  .nullable()
  .transform((text) => (text === null ? null : Temporal.Instant.from(text)));
const states: z.ZodType<readonly UpstreamState[]> = z.array(
  z.object({
    index: z.string(),
    url: z.string(),
    breaker: z.enum(["closed", "open", "half-open"]),
    lastSuccessAt: instant,
    lastFailureAt: instant,
    lastFailure: z.string().nullable(),
    retryAt: instant,
  }),
);
export const parseStates = (text: string): readonly UpstreamState[] => states.parse(JSON.parse(text));
export const parseFound = (text: string): boolean => z.boolean().parse(JSON.parse(text));

const failure = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("unavailable"), what: z.string(), reason: z.string(), retryAfter: z.number() }),
  z.object({ kind: z.literal("gone"), message: z.string() }),
  z.object({
    kind: z.literal("problem"),
    status: z.number().int(),
    code: z.string(),
    message: z.string(),
    headers: z.record(z.string(), z.string()),
  }),
  z.object({ kind: z.literal("mistake"), message: z.string() }),
]);

/** A failure as it travels. */
export function writeFailure(error: unknown): string {
  const told: z.infer<typeof failure> =
    error instanceof UpstreamUnavailable
      ? { kind: "unavailable", what: error.what, reason: error.reason, retryAfter: error.retryAfter }
      : error instanceof FileGone
        ? { kind: "gone", message: error.message }
        : error instanceof Problem
          ? { kind: "problem", status: error.status, code: error.code, message: error.message, headers: error.headers }
          : { kind: "mistake", message: error instanceof Error ? error.message : String(error) };
  return JSON.stringify(told);
}

/** The failure that was thrown in the fetcher, to be thrown again. */
export function readFailure(text: string): Error {
  const told = failure.parse(JSON.parse(text));
  switch (told.kind) {
    case "unavailable":
      return new UpstreamUnavailable(told.what, told.reason, told.retryAfter);
    case "gone":
      return new FileGone(told.message);
    case "problem":
      return new CarriedProblem(told);
    case "mistake":
      return new Error(`The fetcher failed: ${told.message}`);
  }
}

/** A problem of another room, met in another process. */
class CarriedProblem extends Problem {
  readonly status: number;
  readonly code: string;
  override readonly headers: Readonly<Record<string, string>>;
  constructor({ status, code, message, headers }: Pick<Problem, "status" | "code" | "message" | "headers">) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = headers;
  }
}
