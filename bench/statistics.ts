/** What is reported of a handful of rounds. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const middle = sorted.slice((sorted.length - 1) >> 1, (sorted.length >> 1) + 1);
  return { median: middle.reduce((sum, value) => sum + value, 0) / middle.length, min, max };
}

/** Round by round `these` divided by `those`: what disturbs the machine for a while disturbs both. */
export function ratioOf(these: readonly number[], those: readonly number[]): Spread | undefined {
  return spreadOf(these.slice(0, those.length).map((value, round) => value / (those[round] ?? Number.NaN)));
}

/** Three significant digits, thousands with a comma. */
export function figure(value: number): string {
  if (value >= 100) return Math.round(value).toLocaleString("en");
  if (value >= 10) return value.toFixed(1);
  return value >= 0.1 || value === 0 ? value.toFixed(2) : value.toPrecision(2);
}
