import { formatBytes, formatCount } from "../web/index.ts";

/** How far long work has come, told now and then to whoever waits for it. */
export interface Progress {
  /** So many bytes are done, and so many things. */
  advance(bytes: number, things?: number): void;
  /** One thing needs no work: it counts neither as done nor as left. */
  skip(bytes: number): void;
  /** Clears the line on a terminal. */
  end(): void;
}

export interface ProgressOptions {
  readonly write: (text: string) => void;
  /** One line that is drawn over, instead of a line every few seconds. */
  readonly isInteractive: boolean;
  /** Milliseconds on any scale that only goes forward. */
  readonly now: () => number;
  /** What is being done: `copying files`. */
  readonly title: string;
  readonly total: { readonly things: number; readonly bytes: number };
}

/** Milliseconds between two lines of a log, and between two drawings of a terminal's one line. */
const BETWEEN_LINES = 5_000;
const BETWEEN_DRAWINGS = 200;
const BAR = 24;

/** Nothing is written about work that ends within the first few seconds of a log. */
export function createProgress({ write, isInteractive, now, title, total }: ProgressOptions): Progress {
  const start = now();
  let { things: thingsInAll, bytes: bytesInAll } = total;
  let things = 0;
  let bytes = 0;
  let told = start;

  function tell(): void {
    const time = now();
    if (time - told < (isInteractive ? BETWEEN_DRAWINGS : BETWEEN_LINES)) return;
    told = time;
    const share = bytesInAll > 0 ? Math.min(1, bytes / bytesInAll) : 0;
    const perSecond = bytes / Math.max(0.001, (time - start) / 1000);
    const left = perSecond > 0 ? `${formatSeconds((bytesInAll - bytes) / perSecond)} left` : "";
    const count = `${formatCount(things)} of ${formatCount(thingsInAll)}`;
    const size = `${formatBytes(bytes)} of ${formatBytes(bytesInAll)}`;
    const facts = [count, size, `${Math.floor(share * 100)} %`, `${formatBytes(perSecond)}/s`, left].filter(Boolean);
    const bar = `${"#".repeat(Math.floor(share * BAR)).padEnd(BAR, "-")}`;
    write(isInteractive ? `\r\x1b[K${title} [${bar}] ${facts.join("  ")}` : `${title}: ${facts.join(", ")}\n`);
  }

  return {
    advance(addedBytes, addedThings = 0) {
      bytes += addedBytes;
      things += addedThings;
      tell();
    },
    skip(size) {
      thingsInAll -= 1;
      bytesInAll -= size;
      tell();
    },
    end() {
      if (isInteractive && told !== start) write("\r\x1b[K");
    },
  };
}

/** `5 s`, `3 min`, `2 h 10 min`. */
function formatSeconds(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
