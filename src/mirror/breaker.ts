import type { Clock } from "../platform/clock/clock.ts";
import type { Log } from "../platform/log/log.ts";
import { type TroubleKind, UpstreamTrouble } from "./errors.ts";
import type { UpstreamState } from "./fetcher.ts";

export interface BreakerOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** What is behind it, for messages: an address without secrets. */
  readonly upstream: string;
  readonly rules?: Partial<BreakerRules> | undefined;
}

export interface BreakerRules {
  /** Failures in a row that open it. */
  readonly failures: number;
  /** How long it stays open at first; twice as long after each probe that fails, up to the longest. Milliseconds. */
  readonly firstMs: number;
  readonly longestMs: number;
}

const RULES: BreakerRules = { failures: 5, firstMs: 1_000, longestMs: 60_000 };

export type BreakerState = Omit<UpstreamState, "index" | "url">;

/** One request that was let through, and how it went. It may have succeeded and fail later, in the middle of a body. */
export interface Ticket {
  succeeded(): void;
  failed(trouble: UpstreamTrouble): void;
}

/** What says that the upstream as a whole is not well. With other trouble it did answer, if only nonsense about one project. */
const COUNTED: ReadonlySet<TroubleKind> = new Set([
  "unreachable",
  "slow",
  "server-error",
  "too-many-requests",
  "truncated",
  "certificate",
]);

export type Breaker = ReturnType<typeof createBreaker>;

/**
 * Spares an upstream that is not well, and those who would wait for it. It opens after several failures in a row, or when the
 * upstream asks us to wait; then one request may try, and what becomes of that decides.
 */
export function createBreaker({ clock, log, upstream, rules = {} }: BreakerOptions) {
  const { failures: limit, firstMs, longestMs } = { ...RULES, ...rules };
  let state: BreakerState["breaker"] = "closed";
  let inARow = 0;
  let openings = 0;
  /** When the next request may try; while one tries, when it is given up. */
  let retryAt: Temporal.Instant | null = null;
  let lastSuccessAt: Temporal.Instant | null = null;
  let lastFailureAt: Temporal.Instant | null = null;
  let lastFailure: UpstreamTrouble | null = null;

  function open(trouble: UpstreamTrouble): void {
    const ms = Math.max(Math.min(longestMs, firstMs * 2 ** openings), (trouble.retryAfter ?? 0) * 1000);
    openings++;
    state = "open";
    retryAt = clock.now().add({ milliseconds: ms });
    log.warn({ upstream, kind: trouble.kind, ms }, `${upstream} is not asked for ${ms / 1000} s: ${trouble.message}`);
  }

  function close(): void {
    if (state !== "closed") log.info({ upstream }, `${upstream} answers again`);
    state = "closed";
    inARow = openings = 0;
    retryAt = null;
  }

  function ticket(isFirst: boolean): Ticket {
    let isProbe = isFirst;
    /** Requests that began before it opened say nothing new, neither good nor bad. */
    const isNews = () => isProbe || state === "closed";
    return {
      succeeded() {
        lastSuccessAt = clock.now();
        if (isNews()) close();
        isProbe = false;
      },
      failed(trouble) {
        lastFailureAt = clock.now();
        lastFailure = trouble;
        if (!isNews()) return;
        const isCounted = COUNTED.has(trouble.kind);
        const mustWait = trouble.kind === "too-many-requests" && trouble.retryAfter !== undefined;
        if (isCounted) inARow++;
        if (isCounted && (isProbe || mustWait || inARow >= limit)) open(trouble);
        else if (isProbe) close();
        isProbe = false;
      },
    };
  }

  return {
    /** Throws UpstreamTrouble, with the seconds to wait, while the upstream is spared. */
    admit(): Ticket {
      const now = clock.now();
      const isDue = retryAt !== null && Temporal.Instant.compare(now, retryAt) >= 0;
      if (state === "closed") return ticket(false);
      if (isDue) {
        state = "half-open";
        retryAt = now.add({ milliseconds: longestMs });
        log.info({ upstream }, `${upstream} is tried again`);
        return ticket(true);
      }
      const ms = state === "open" && retryAt ? retryAt.epochMilliseconds - now.epochMilliseconds : 0;
      throw new UpstreamTrouble(
        lastFailure?.kind ?? "unreachable",
        lastFailure?.message ?? `${upstream} does not answer.`,
        {
          retryAfter: Math.max(1, Math.ceil(ms / 1000)),
          cause: lastFailure,
        },
      );
    },
    state: (): BreakerState => ({
      breaker: state,
      lastSuccessAt,
      lastFailureAt,
      lastFailure: lastFailure?.message ?? null,
      retryAt: state === "open" ? retryAt : null,
    }),
  };
}
