// Notices a database that stands still: it keeps its connections open and answers nothing (a frozen machine, a disk that
// hangs, a line that was cut without a word). Waiting for it would take minutes.
import { DatabaseUnavailable } from "./errors.ts";

export interface Pulse {
  /**
   * What `step` brings, while the database lives. Throws DatabaseUnavailable when it falls silent meanwhile, within `SLOW` and
   * what `ask` takes, at once while it is silent, and after `patience` in any case.
   */
  watch<Result>(step: () => Promise<Result>): Promise<Result>;
}

export interface PulseDeps {
  /** Whether the database answers anything to a newcomer, also a refusal. */
  readonly ask: () => Promise<boolean>;
  /** Milliseconds on a scale that only goes forward. */
  readonly now: () => number;
  readonly later: (milliseconds: number, callback: () => void) => void;
  /** Milliseconds after which a statement is lost though others are answered: its connection was forgotten on its way. */
  readonly patience: number;
}

/** Milliseconds that a statement may take before the database is asked whether it is still there: most take one. */
const SLOW = 2_000;
const LOOK_EVERY = 500;

interface Waiting {
  readonly since: number;
  readonly giveUp: () => void;
}

export function createPulse({ ask, now, later, patience }: PulseDeps): Pulse {
  // In the order of their beginning.
  const waiting = new Set<Waiting>();
  let lastSign = now();
  let askedAt = lastSign;
  let isSilent = false;
  let isLooking = false;

  function lookLater(): void {
    isLooking = true;
    later(LOOK_EVERY, () => void look());
  }

  async function look(): Promise<void> {
    giveUp(patience);
    const [oldest] = waiting;
    if (isSilent || (oldest !== undefined && now() - Math.max(oldest.since, askedAt) >= SLOW)) {
      const isAlive = await ask();
      askedAt = now();
      // Where other statements are answered all the same, only those that wait for long have no hope.
      isSilent = !isAlive && now() - lastSign >= SLOW;
      if (!isAlive) giveUp(isSilent ? 0 : SLOW);
    }
    if (isSilent || waiting.size > 0) lookLater();
    else isLooking = false;
  }

  /** Lets go of those who have waited so long. */
  function giveUp(milliseconds: number): void {
    for (const one of waiting) if (now() - one.since >= milliseconds) one.giveUp();
  }

  return {
    watch(step) {
      if (isSilent) return Promise.reject(new DatabaseUnavailable());
      return new Promise((resolve, reject) => {
        const entry: Waiting = {
          since: now(),
          giveUp() {
            waiting.delete(entry);
            reject(new DatabaseUnavailable());
          },
        };
        waiting.add(entry);
        if (!isLooking) lookLater();
        const over = () => {
          // The end of what was given up is no sign of life.
          if (waiting.delete(entry)) lastSign = now();
        };
        step().then(
          (result) => {
            over();
            resolve(result);
          },
          (error: unknown) => {
            over();
            reject(error);
          },
        );
      });
    },
  };
}
