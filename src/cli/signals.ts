const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** A terminal and npm both pass on one Ctrl-C: what comes within this time is the same wish. */
const SAME_WISH = 1_000;

export interface Signals {
  /** Aborted by the first signal: finish what is under way, then end. */
  readonly drain: AbortSignal;
  /** Aborted by a later one: end now. */
  readonly quit: AbortSignal;
}

/** Takes signals from now on until the process ends. */
export function watchSignals(
  source: NodeJS.EventEmitter = process,
  now: () => number = performance.now.bind(performance),
): Signals {
  const drain = new AbortController();
  const quit = new AbortController();
  let first = Number.POSITIVE_INFINITY;
  const listener = () => {
    if (!drain.signal.aborted) {
      first = now();
      drain.abort();
    } else if (now() - first > SAME_WISH) quit.abort();
  };
  for (const signal of SIGNALS) source.on(signal, listener);
  return { drain: drain.signal, quit: quit.signal };
}

/** Resolves when it is aborted. */
export function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
