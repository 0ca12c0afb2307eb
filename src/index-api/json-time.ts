/** A time as the APIs print it: the fraction of a second is left out when it is zero. Takes and gives UTC text with `Z`. */
export function jsonTime(microseconds: string): string {
  return microseconds.replace(".000000Z", "Z");
}
