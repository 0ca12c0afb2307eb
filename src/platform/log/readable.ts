const LEVELS: Readonly<Record<string, string>> = { debug: "debug", info: "", warn: "warning:", error: "error:" };

/** A JSON line of the log as a person reads it: local time, sentence, and the stack where there is one. */
export function readable(line: string): string {
  const { time, level, msg, err, error } = parse(line);
  if (typeof time !== "string") return line;
  const clock = Temporal.Instant.from(time)
    .toZonedDateTimeISO(Temporal.Now.timeZoneId())
    .toPlainTime()
    .toString({ smallestUnit: "second" });
  const stack = stackOf(err) ?? stackOf(error);
  const words = [clock, LEVELS[String(level)] ?? String(level), String(msg ?? "")].filter(Boolean).join(" ");
  return `${words}\n${stack ? `${stack.replaceAll(/^/gm, "  ")}\n` : ""}`;
}

function parse(line: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(line);
  } catch {
    // Not a line of ours; it is shown as it is.
    return {};
  }
}

function stackOf(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("stack" in error)) return undefined;
  return String(error.stack);
}
