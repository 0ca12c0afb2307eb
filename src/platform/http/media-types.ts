/** One range of an Accept field, such as `text/*;q=0.5`. */
interface MediaRange {
  readonly type: string;
  readonly subtype: string;
  readonly q: number;
  /** Parameters other than `q`; none of our offers has any, so a range with one names something else. */
  readonly hasParameters: boolean;
}

const token = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const quoted = '"(?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t \\x21-\\x7e\\x80-\\xff])*"';
const parameter = `[ \\t]*;[ \\t]*${token}=(?:${token}|${quoted})`;
const rangePattern = new RegExp(`^(${token})/(${token})((?:${parameter})*)$`);
const parameterPattern = new RegExp(`;[ \\t]*(${token})=(${token}|${quoted})`, "g");
const qPattern = /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/**
 * Chooses among `offers` by an Accept field (RFC 9110 §12.5.1): the most specific range that names an offer gives its
 * quality, the highest quality wins, and among equals the offer that stands first. A field that is absent, or malformed
 * anywhere, gets the first offer; one that names none of them (the empty one names nothing) undefined.
 */
export function chooseType<Offer extends string>(
  accept: string | undefined,
  offers: readonly Offer[],
): Offer | undefined {
  const ranges = accept === undefined ? undefined : parseAccept(accept);
  if (ranges === undefined) return offers[0];
  let best: Offer | undefined;
  let bestQuality = 0;
  for (const offer of offers) {
    const quality = qualityOf(offer, ranges);
    if (quality > bestQuality) {
      best = offer;
      bestQuality = quality;
    }
  }
  return best;
}

function parseAccept(accept: string): readonly MediaRange[] | undefined {
  if (accept !== accept.trim()) return undefined;
  const ranges: MediaRange[] = [];
  for (const element of splitList(accept)) {
    if (element === "") continue;
    const match = rangePattern.exec(element);
    if (!match) return undefined;
    const [, type = "", subtype = "", parameters = ""] = match;
    let q = 1;
    let hasParameters = false;
    for (const [, name = "", value = ""] of parameters.matchAll(parameterPattern)) {
      if (name.toLowerCase() !== "q") hasParameters = true;
      else if (qPattern.test(value)) q = Number(value);
      else return undefined;
    }
    ranges.push({ type: type.toLowerCase(), subtype: subtype.toLowerCase(), q, hasParameters });
  }
  return ranges;
}

/** Splits at commas outside quoted strings. */
function splitList(field: string): readonly string[] {
  if (!field.includes('"')) return field.split(",").map((element) => element.trim());
  const elements = field.match(/(?:[^",]|"(?:[^"\\]|\\.)*"?)+/g) ?? [];
  return elements.map((element) => element.trim());
}

function qualityOf(offer: string, ranges: readonly MediaRange[]): number {
  const [type, subtype] = offer.split("/");
  let quality = 0;
  let specificity = 0;
  for (const range of ranges) {
    if (range.hasParameters) continue;
    const rank =
      range.type === type && range.subtype === subtype
        ? 3
        : range.type === type && range.subtype === "*"
          ? 2
          : range.type === "*" && range.subtype === "*"
            ? 1
            : 0;
    if (rank > specificity) {
      specificity = rank;
      quality = range.q;
    }
  }
  return quality;
}
