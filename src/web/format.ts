const units = ["bytes", "kB", "MB", "GB", "TB"] as const;

/** A size in steps of 1000: `1 byte`, `640 bytes`, `12.3 kB`, `2.1 GB`; three digits at most. */
export function formatBytes(bytes: number): string {
  if (bytes === 1) return "1 byte";
  let amount = bytes;
  let unit = 0;
  // 999.6 would be printed as 1000.
  while (amount >= (unit === 0 ? 1000 : 999.5) && unit < units.length - 1) {
    amount /= 1000;
    unit += 1;
  }
  const text = unit === 0 || amount >= 99.95 ? amount.toFixed(0) : amount.toFixed(1);
  return `${text} ${units[unit]}`;
}

/** A whole number with its thousands apart: `12,345`. */
export function formatCount(count: number): string {
  return String(count).replace(/\B(?=(?:\d{3})+$)/g, ",");
}

/** `1 file`, `2 files`. */
export function countOf(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
