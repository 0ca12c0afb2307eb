import type { BodyStream } from "../platform/fetch/stream-body.ts";
import { type Breaker, type BreakerOptions, type BreakerState, createBreaker, type Ticket } from "./breaker.ts";
import { UpstreamTrouble } from "./errors.ts";
import type { UpstreamClient } from "./upstream-client.ts";

export interface GuardedClient extends UpstreamClient {
  /** Of whichever does worse, the index or the host of its files. */
  state(): BreakerState;
}

/**
 * An upstream behind circuit breakers: while one is open, a call throws UpstreamTrouble with `retryAfter` at once. Pages and files
 * have one each, since they often come from different hosts.
 */
export function createGuardedClient(client: UpstreamClient, options: BreakerOptions): GuardedClient {
  const pages = createBreaker(options);
  const files = createBreaker({ ...options, upstream: `the files of ${options.upstream}` });

  const guarded = async <Result>(breaker: Breaker, ask: () => Promise<Result>) => answered(breaker.admit(), ask);

  return {
    getPage: (name, known) => guarded(pages, () => client.getPage(name, known)),
    getReleaseMetadata: (name, version) => guarded(pages, () => client.getReleaseMetadata(name, version)),
    getSmallFile: (url, limit) => guarded(files, () => client.getSmallFile(url, limit)),
    readRange: (url, offset, length) => guarded(files, () => client.readRange(url, offset, length)),

    async openFile(url) {
      const ticket = files.admit();
      const { size, body } = await answered(ticket, () => client.openFile(url));
      return { size, body: reporting(body, ticket) };
    },

    state: () => worse(pages.state(), files.state()),
    close: () => client.close(),
  };
}

const RANKS = ["closed", "half-open", "open"] as const;

/** The one that is spared more; of equals, the one with the later failure. */
function worse(one: BreakerState, other: BreakerState): BreakerState {
  const rank = (state: BreakerState) => RANKS.indexOf(state.breaker);
  const failedAt = (state: BreakerState) => state.lastFailureAt?.epochMilliseconds ?? 0;
  return (rank(other) - rank(one) || failedAt(other) - failedAt(one)) > 0 ? other : one;
}

/** Whatever is no trouble is an answer: that a file is gone, too. */
async function answered<Result>(ticket: Ticket, ask: () => Promise<Result>): Promise<Result> {
  try {
    const result = await ask();
    ticket.succeeded();
    return result;
  } catch (error) {
    report(ticket, error);
    throw error;
  }
}

function report(ticket: Ticket, error: unknown): void {
  if (error instanceof UpstreamTrouble) ticket.failed(error);
  else ticket.succeeded();
}

/** Bodies that break off count, too. */
function reporting(body: BodyStream, ticket: Ticket): BodyStream {
  async function* chunks(): AsyncGenerator<Buffer> {
    try {
      yield* body;
    } catch (error) {
      report(ticket, error);
      throw error;
    }
  }
  return { [Symbol.asyncIterator]: chunks, destroy: (error) => body.destroy(error) };
}
