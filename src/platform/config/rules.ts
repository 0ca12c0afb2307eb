import type { Camel } from "./camel.ts";
import { oneOf, parseDuration, parseSize, parseSwitch } from "./quantities.ts";
import { Unfit } from "./unfit.ts";

export const PRESETS = ["relaxed", "strict"] as const;
export type Preset = (typeof PRESETS)[number];

interface Rule<Value> {
  readonly parse: (text: string) => Value;
  /** What each preset says, as it would be written after `--rule NAME=`. */
  readonly relaxed: string;
  readonly strict: string;
  readonly about: string;
}

const rule = <Value>(parse: (text: string) => Value, relaxed: string, strict: string, about: string): Rule<Value> => ({
  parse,
  relaxed,
  strict,
  about,
});

/** Rules that suit only some indexes. `strict` has the values of the public index; `relaxed` suits a company's own. */
export const rules = {
  "name-similarity": rule(parseSwitch, "off", "on", "refuse new names that look like existing ones"),
  "prohibited-names": rule(parseSwitch, "off", "on", "refuse names of the standard library and of the deny list"),
  "creation-limits": rule(parseSwitch, "off", "on", "limit how many projects one account or address creates an hour"),
  "upload-window": rule(orOff(parseDays), "off", "14d", "how long a release takes new files"),
  "upload-2fa": rule(parseSwitch, "off", "on", "uploading needs an account with a second factor"),
  "verified-email": rule(parseSwitch, "off", "on", "uploading needs an account with a verified address"),
  "local-platform-tags": rule(parseSwitch, "on", "off", "take wheels for linux_x86_64 and the like"),
  "local-versions": rule(parseSwitch, "on", "off", "take versions such as 1.0+local"),
  "private-classifiers": rule(parseSwitch, "on", "off", "take classifiers that begin with Private ::"),
  "file-limit": rule(orNone(parseSize), "2GiB", "100MiB", "largest file"),
  "project-limit": rule(orNone(parseSize), "none", "10GiB", "all files of a project together"),
  registration: rule(oneOf("open", "invited"), "invited", "open", "who may make an account"),
  "upstream-names": rule(
    oneOf("allow", "claim", "refuse"),
    "claim",
    "allow",
    "the first upload of a name that an upstream has",
  ),
  "min-age": rule(orOff(parseDuration), "off", "off", "hide upstream files younger than this"),
  "min-age-clock": rule(oneOf("published", "first-seen"), "published", "published", "what min-age counts from"),
} as const;

/** Rules that can be set, and begin to count with the parts of the server that they are about. */
export const notYetInForce: readonly RuleName[] = ["prohibited-names", "creation-limits", "upload-2fa", "registration"];

export type RuleName = keyof typeof rules;
/** The rules as parsed. Sizes in bytes; null: no limit, or switched off. */
export type Rules = { readonly [Name in RuleName as Camel<Name>]: ReturnType<(typeof rules)[Name]["parse"]> };

export const ruleNames: readonly RuleName[] = Object.keys(rules).filter(isRuleName);

export function isRuleName(name: string): name is RuleName {
  return Object.hasOwn(rules, name);
}

function parseDays(text: string): Temporal.Duration {
  return parseDuration(/^\d+$/.test(text.trim()) ? `${text.trim()}d` : text);
}

function orOff<Value>(parse: (text: string) => Value): (text: string) => Value | null {
  return (text) => (text.trim().toLowerCase() === "off" ? null : explain(parse, text, "off"));
}

function orNone<Value>(parse: (text: string) => Value): (text: string) => Value | null {
  return (text) => (text.trim().toLowerCase() === "none" ? null : explain(parse, text, "none"));
}

function explain<Value>(parse: (text: string) => Value, text: string, other: string): Value {
  try {
    return parse(text);
  } catch (error) {
    throw error instanceof Unfit ? new Unfit(`${error.message}, or ${other}`) : error;
  }
}
