/** Keeps what was used last within a budget of bytes. */
export interface ByteCache<Value> {
  get(key: string): Value | undefined;
  /** `weight` in bytes, everything that is kept because of this value. Heavier than the whole budget: not kept. */
  set(key: string, value: Value, weight: number): void;
  delete(key: string): void;
  values(): IterableIterator<readonly [key: string, value: Value]>;
  clear(): void;
}

export function createByteCache<Value>(budget: number): ByteCache<Value> {
  // A Map remembers the order of insertion: what is used is inserted again, what is oldest stands first.
  const entries = new Map<string, { readonly value: Value; readonly weight: number }>();
  let weight = 0;

  function drop(key: string): void {
    weight -= entries.get(key)?.weight ?? 0;
    entries.delete(key);
  }

  return {
    get(key) {
      const entry = entries.get(key);
      if (entry === undefined) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, added) {
      drop(key);
      if (added > budget) return;
      entries.set(key, { value, weight: added });
      weight += added;
      for (const oldest of entries.keys()) {
        if (weight <= budget) break;
        drop(oldest);
      }
    },
    delete: drop,
    values: () => entries.entries().map(([key, { value }]) => [key, value] as const),
    clear() {
      entries.clear();
      weight = 0;
    },
  };
}
