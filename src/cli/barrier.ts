/** One process that must see a change before whoever made it is told that all have. */
export interface Member {
  readonly name: string;
  tell(id: number, change: unknown): void;
}

export interface BarrierDeps {
  /** Those that answer requests now. */
  readonly members: () => Iterable<Member>;
  /** Calls back after so many milliseconds, unless the returned function is called before. */
  readonly later: (milliseconds: number, callback: () => void) => () => void;
  /** Gets rid of a member that does not answer: it must not answer requests from what it remembers. */
  readonly replace: (member: Member) => void;
}

export interface Barrier {
  /** Resolves when all members but the author have seen the change, or are gone. */
  announce(change: unknown, author?: Member): Promise<void>;
  seen(member: Member, id: number): void;
  /** A member that has ended remembers nothing. */
  left(member: Member): void;
}

/**
 * Milliseconds that a member may keep a change waiting. A busy worker needs a few; on an overloaded machine the scheduler
 * alone can take hundreds. One that does not answer this answers no requests either, so waiting shows nobody an old page.
 */
export const PATIENCE = 2_000;

interface Waiting {
  readonly missing: Set<Member>;
  readonly finish: () => void;
}

/**
 * Visibility before writing back: an upload is answered only when no worker can show the state before it. Silent members
 * are replaced, so nobody waits longer than the patience.
 */
export function createBarrier({ members, later, replace }: BarrierDeps): Barrier {
  const waiting = new Map<number, Waiting>();
  let lastId = 0;

  function strike(id: number, member: Member): void {
    const change = waiting.get(id);
    if (!change?.missing.delete(member) || change.missing.size > 0) return;
    waiting.delete(id);
    change.finish();
  }

  return {
    announce(change, author) {
      const missing = new Set([...members()].filter((member) => member !== author));
      if (missing.size === 0) return Promise.resolve();
      const id = ++lastId;
      const { promise, resolve } = Promise.withResolvers<void>();
      const cancel = later(PATIENCE, () => {
        for (const member of missing) replace(member);
      });
      waiting.set(id, {
        missing,
        finish: () => {
          cancel();
          resolve();
        },
      });
      for (const member of missing) member.tell(id, change);
      return promise;
    },
    seen: (member, id) => strike(id, member),
    left(member) {
      for (const id of waiting.keys()) strike(id, member);
    },
  };
}
