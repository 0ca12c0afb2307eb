import { Unfit } from "./unfit.ts";

const SIZE = /^(\d+(?:\.\d+)?)\s*([kmgt]i?b?|b)?$/i;
const STEPS = "kmgt";

/** `256MB`, `2GiB`, `1.5 GB` or a plain number: bytes, rounded down. MB counts in thousands, MiB in 1024s. Throws Unfit. */
export function parseSize(text: string): number {
  const [, amount, unit = "b"] = SIZE.exec(text.trim()) ?? [];
  const step = STEPS.indexOf(unit.charAt(0).toLowerCase()) + 1;
  const bytes = Math.floor(Number(amount) * (unit.toLowerCase().includes("i") ? 1024 : 1000) ** step);
  if (!Number.isSafeInteger(bytes)) throw new Unfit("is not a size such as 256MB or 2GiB");
  return bytes;
}

const DURATION = /^(\d{1,7})\s*([smhdw])$/;
const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** `90d`, `12h`, `30m`, `45s`, `2w`: in hours and smaller units (a day has 24), so that an instant can be moved by it. Throws Unfit. */
export function parseDuration(text: string): Temporal.Duration {
  const [, amount, letter = ""] = DURATION.exec(text.trim()) ?? [];
  const unit = SECONDS[letter];
  if (!unit) throw new Unfit("is not a length of time such as 90d, 12h or 30m");
  return Temporal.Duration.from({ seconds: Number(amount) * unit }).round({ largestUnit: "hours" });
}

const SWITCH: Readonly<Record<string, boolean>> = {
  on: true,
  yes: true,
  true: true,
  1: true,
  off: false,
  no: false,
  false: false,
  0: false,
};

/** `on` or `off`; also yes/no, true/false, 1/0. Throws Unfit. */
export function parseSwitch(text: string): boolean {
  const value = SWITCH[text.trim().toLowerCase()];
  if (value === undefined) throw new Unfit("is neither on nor off");
  return value;
}

/** A whole number between two limits, both allowed. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (!(value >= least && value <= most)) throw new Unfit(`is not a number from ${least} to ${most}`);
    return value;
  };
}

/** One of a few words. */
export function oneOf<const Word extends string>(...words: readonly Word[]): (text: string) => Word {
  return (text) => {
    const word = words.find((candidate) => candidate === text.trim().toLowerCase());
    if (word === undefined) throw new Unfit(`is not one of ${words.join(", ")}`);
    return word;
  };
}
