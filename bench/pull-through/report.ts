import { rowAtMost } from "../goals.ts";
import { printTable, show } from "../report.ts";
import { ratioOf, type Spread, spreadOf } from "../statistics.ts";

/** Seconds. */
export interface Cost {
  readonly wall: number;
  /** Of the server; unknown of somebody else's. */
  readonly cpu?: number;
}

/** What is measured in turn while one server runs. */
const entrants = ["upstream alone", "ours, cold", "ours, warm", "nginx static"] as const;
type Entrant = (typeof entrants)[number];

/** Of entrants, those at the same place of their lists were taken one after the other. The rest is once per server. */
export type Figures = Readonly<Record<Entrant | "ours, just started" | "first", Cost[]>>;

const WARM = 1.3;
const COLD = 1.5;
/** Seconds from the command to the end of the first installation. */
const FIRST = 10;

export function printPullThrough(figures: Figures): void {
  printTable(
    "Installing through a server in front of an index",
    ["from", "seconds", "min–max", "server CPU, s", "min–max"],
    [...entrants, "ours, just started" as const, "first" as const].map((name) => {
      const wall = spreadOf(figures[name].map((cost) => cost.wall));
      const cpu = spreadOf(figures[name].flatMap((cost) => cost.cpu ?? []));
      const title = name === "first" ? "ours, from the command to that one's end" : name;
      return [title, show(wall, "median"), show(wall, "range"), show(cpu, "median"), show(cpu, "range")];
    }),
  );
  printTable(
    "Goals",
    ["what", "goal", "median", "min–max", ""],
    [
      rowAtMost("warm to nginx static", WARM, ratio(figures, "ours, warm", "nginx static")),
      rowAtMost("cold to the upstream alone", COLD, ratio(figures, "ours, cold", "upstream alone")),
      rowAtMost("first installation after the command, s", FIRST, spreadOf(figures.first.map(({ wall }) => wall))),
    ],
  );
}

function ratio(figures: Figures, these: Entrant, those: Entrant): Spread | undefined {
  const [one, other] = [these, those].map((name) => figures[name].map(({ wall }) => wall));
  return one && other && ratioOf(one, other);
}
