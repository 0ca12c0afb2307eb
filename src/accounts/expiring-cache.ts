import type { Clock } from "../platform/clock/clock.ts";

/**
 * Remembers values for a while: at most `capacity` of them, the least recently asked for leaving first, none for longer
 * than `seconds` after it was stored.
 */
export class ExpiringCache<Value> {
  readonly #entries = new Map<string, { readonly value: Value; readonly storedAt: number }>();
  readonly #clock: Clock;
  readonly #milliseconds: number;
  readonly #capacity: number;
  /** Counts removals; see `store`. */
  #removals = 0;

  constructor({ clock, seconds, capacity }: { clock: Clock; seconds: number; capacity: number }) {
    this.#clock = clock;
    this.#milliseconds = seconds * 1000;
    this.#capacity = capacity;
  }

  find(key: string): Value | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    this.#entries.delete(key);
    const age = this.#clock.now().epochMilliseconds - entry.storedAt;
    // A clock that was set back must not make an entry live longer.
    if (age < 0 || age >= this.#milliseconds) return undefined;
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** What `find` would miss if it were fetched from now on; hand it to `store` with what was fetched. */
  get moment(): number {
    return this.#removals;
  }

  /** Keeps a value unless something was removed since `moment`: it may have been fetched before that change. */
  store(key: string, value: Value, moment: number = this.#removals): void {
    if (moment !== this.#removals) return;
    this.#entries.delete(key);
    this.#entries.set(key, { value, storedAt: this.#clock.now().epochMilliseconds });
    if (this.#entries.size <= this.#capacity) return;
    const { value: oldest } = this.#entries.keys().next();
    if (oldest !== undefined) this.#entries.delete(oldest);
  }

  remove(isUnwanted: (value: Value) => boolean): void {
    this.#removals += 1;
    for (const [key, { value }] of this.#entries) if (isUnwanted(value)) this.#entries.delete(key);
  }
}
