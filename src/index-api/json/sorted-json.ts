/** A JSON object whose keys are printed in code-point order, also those that look like integers. */
export class SortedObject {
  readonly entries: readonly (readonly [key: string, json: string])[];
  /** `json` is JSON text already. */
  constructor(entries: Iterable<readonly [key: string, json: string]>) {
    this.entries = [...entries].sort(([a], [b]) => compareCodePoints(a, b));
  }
  toString(): string {
    return `{${this.entries.map(([key, json]) => `${JSON.stringify(key)}:${json}`).join(",")}}`;
  }
}

/** Order by code point, as Python sorts text: JavaScript's own order differs above U+FFFF. */
function compareCodePoints(a: string, b: string): number {
  const left = [...a];
  const right = [...b];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = (left[at]?.codePointAt(0) ?? 0) - (right[at]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/**
 * Prints a value as the reference does: keys sorted at every level, compact, non-ASCII as it is. A plain object's keys
 * that look like integers would be printed first by JSON.stringify whatever their order, hence this walk.
 */
export function sortedJson(value: unknown): string {
  if (value instanceof SortedObject) return value.toString();
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(",")}]`;
  if (value !== null && typeof value === "object") {
    return new SortedObject(Object.entries(value).map(([key, item]) => [key, sortedJson(item)])).toString();
  }
  return JSON.stringify(value);
}
