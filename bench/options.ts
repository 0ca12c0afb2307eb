import { parseArgs } from "node:util";

export const cases = [
  ...["page-2k", "page-50k", "page-1m", "not-modified", "json", "file-60k", "file-20m"],
  ...["uploads", "latency", "start-up", "disk"],
] as const;
export type Case = (typeof cases)[number];

export interface Options {
  readonly isQuick: boolean;
  readonly only: readonly Case[];
  readonly json: string | undefined;
  /** Instead of measuring: where the time of a worker goes that answers `page-50k` or whatever `--only` names. */
  readonly profile: boolean;
  readonly rounds: number;
  /** Seconds that a server is asked in a round. */
  readonly seconds: number;
}

export const usage = `npm run bench -- [--quick] [--only CASE …] [--json FILE] [--rounds N] [--seconds N] [--profile]

  --quick      ours and a bare node:http alone, two rounds of a second
  --only CASE  ${cases.join(", ")}; may be repeated
  --json FILE  also write every round's figures there
  --rounds N   rounds that count, 1 to 20 (5)
  --seconds N  seconds per server and round, 1 to 30 (2)
  --profile    where a worker's CPU goes, instead of the comparison`;

/** Throws with what is wrong, for people. */
export function readOptions(words: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: "boolean", default: false },
      only: { type: "string", multiple: true, default: [] },
      json: { type: "string" },
      profile: { type: "boolean", default: false },
      rounds: { type: "string" },
      seconds: { type: "string" },
    },
  });
  const only = values.only.map((name) => {
    const found = cases.find((one) => one === name);
    if (found === undefined) throw new Error(`there is no case ${name}; there are ${cases.join(", ")}`);
    return found;
  });
  return {
    isQuick: values.quick,
    only: only.length > 0 ? only : cases,
    json: values.json,
    profile: values.profile,
    rounds: within("rounds", values.rounds ?? (values.quick ? "2" : "5"), 20),
    seconds: within("seconds", values.seconds ?? (values.quick ? "1" : "2"), 30),
  };
}

function within(name: string, text: string, most: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > most) throw new Error(`--${name} is 1 to ${most}`);
  return number;
}
