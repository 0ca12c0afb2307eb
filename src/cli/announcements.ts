import type { ToSupervisor } from "./messages.ts";

/** A process's side of the barrier: tells the supervisor of changes, and waits for its word that every worker has seen them. */
export function createAnnouncements(tell: (message: ToSupervisor) => void) {
  const announced = new Map<number, () => void>();
  let lastId = 0;
  return {
    /** Resolves when every other worker has been told. */
    announce(change: unknown): Promise<void> {
      const { promise, resolve } = Promise.withResolvers<void>();
      announced.set(++lastId, resolve);
      tell({ kind: "announce", id: lastId, change });
      return promise;
    },
    settled(id: number): void {
      announced.get(id)?.();
      announced.delete(id);
    },
  };
}
