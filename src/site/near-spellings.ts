const ALPHABET = [..."abcdefghijklmnopqrstuvwxyz0123456789-"];

/** A name of this length has 2,400 neighbours, looked up in about as many steps of one index. */
const LONGEST = 32;

/**
 * Every normalized name that is one typing mistake away: a letter left out, doubled, added or wrong, or two swapped. To be
 * looked up by equality, which finds mistakes anywhere in the word without reading the list of projects.
 */
export function neighbours(name: string): readonly string[] {
  if (name.length > LONGEST) return [];
  const found = new Set<string>();
  for (let at = 0; at <= name.length; at++) {
    const head = name.slice(0, at);
    const tail = name.slice(at);
    const [first = "", second = ""] = tail;
    if (first !== "") found.add(head + tail.slice(1));
    if (second !== "") found.add(head + second + first + tail.slice(2));
    for (const letter of ALPHABET) {
      found.add(head + letter + tail);
      if (first !== "") found.add(head + letter + tail.slice(1));
    }
  }
  found.delete(name);
  found.delete("");
  return [...found];
}

/** Insertions, deletions, substitutions and swaps of neighbours that lead from one text to the other. */
export function editDistance(from: string, to: string): number {
  let beforeLast: readonly number[] = [];
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const isSame = from[row - 1] === to[column - 1];
      const isSwap = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current.push(
        Math.min(
          at(last, column) + 1,
          at(current, column - 1) + 1,
          at(last, column - 1) + (isSame ? 0 : 1),
          isSwap ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    beforeLast = last;
    last = current;
  }
  return at(last, to.length);
}

const at = (row: readonly number[], column: number) => row[column] ?? Number.POSITIVE_INFINITY;

const MOST = 5;

interface Candidate {
  readonly name: string;
  readonly normalizedName: string;
}

/** The display names worth proposing for `asked` (normalized), best first: near in spelling, or beginning with it. */
export function rankSpellings(asked: string, candidates: readonly Candidate[]): readonly string[] {
  const most = asked.length < 5 ? 1 : 2;
  const distance = ({ normalizedName }: Candidate) => {
    const edits = editDistance(asked, normalizedName);
    if (edits <= most) return edits;
    if (asked.length > 2 && normalizedName.startsWith(asked)) return most + 1;
    const isOnlySeparators = asked.replaceAll("-", "") === normalizedName.replaceAll("-", "");
    return isOnlySeparators ? 1 : Number.POSITIVE_INFINITY;
  };
  return candidates
    .map((candidate) => ({ name: candidate.name, distance: distance(candidate) }))
    .filter((one) => one.distance < Number.POSITIVE_INFINITY)
    .sort((a, b) => a.distance - b.distance || a.name.length - b.name.length || (a.name < b.name ? -1 : 1))
    .slice(0, MOST)
    .map(({ name }) => name);
}
