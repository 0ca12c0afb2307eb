// How PostgreSQL's values become ours and back: instants keep their microseconds, serials are numbers.
import pg from "pg";

const INT8 = 20;
const INT8_ARRAY = 1016;
const TIMESTAMPTZ = 1184;
const TIMESTAMPTZ_ARRAY = 1185;
const DATE = 1082;
// pg's types list element types only.
const TEXT_ARRAY: number = 1009;

type Parse = (text: string) => unknown;

/** An `int8` in text form. Throws above 2^53 - 1, where a number would silently become another one. */
function parseInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`${text} does not fit a number without loss`);
  return value;
}

/** A `timestamptz` in text form, such as `2024-01-02 03:04:05.678901+00`. Throws RangeError for `infinity` and years above 9999. */
function parseInstant(text: string): Temporal.Instant {
  return Temporal.Instant.from(text);
}

function parseArray<T>(text: string, parse: (text: string) => T): (T | null)[] {
  const texts: (string | null)[] = pg.types.getTypeParser(TEXT_ARRAY)(text);
  return texts.map((element) => (element === null ? null : parse(element)));
}

const parsers = new Map<number, Parse>([
  [INT8, parseInteger],
  [INT8_ARRAY, (text) => parseArray(text, parseInteger)],
  [TIMESTAMPTZ, parseInstant],
  [TIMESTAMPTZ_ARRAY, (text) => parseArray(text, parseInstant)],
  [DATE, (text) => Temporal.PlainDate.from(text)],
]);

/** The `types` setting of a pg client: ours where we differ, pg's own for the rest. */
export const valueTypes: pg.CustomTypesConfig = {
  getTypeParser: (id: number, format?: "text" | "binary") =>
    (format === "binary" ? undefined : parsers.get(id)) ?? pg.types.getTypeParser(id, format),
};

/** A statement's parameter as pg should send it. Instants are cut to the microseconds that PostgreSQL keeps, never rounded up. */
export function toParameter(value: unknown): unknown {
  if (value instanceof Temporal.Instant) return value.toString({ smallestUnit: "microsecond", roundingMode: "floor" });
  if (value instanceof Temporal.PlainDate) return value.toString();
  if (Array.isArray(value)) return value.map(toParameter);
  return value;
}
