/** What JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** The fields of one thing that pages show. */
export type Fields = { readonly [field: string]: Json };

/**
 * Before and after of one thing. `before` null: it came to be, `after` holds all its fields. `after` null: it is gone.
 * Otherwise both hold only the fields that changed.
 */
export interface Step {
  readonly before: Fields | null;
  readonly after: Fields | null;
}

/**
 * What one journal row did to a project, by the key of each thing it touched: `project`, `release 1.0`,
 * `file brie-1.0.tar.gz`, `role alice`.
 */
export type Change = { readonly [thing: string]: Step };

/** Everything that a project's pages show, by the same keys. */
export type State = ReadonlyMap<string, Fields>;

/** The state after `change`. Replaying a project's rows from the first one gives its state at any serial. */
export function applyChange(state: State, change: Change): State {
  const next = new Map(state);
  for (const [thing, step] of Object.entries(change)) {
    if (step.after === null) next.delete(thing);
    else next.set(thing, { ...next.get(thing), ...step.after });
  }
  return next;
}

/** The step from `before` to `after`, holding only what differs; undefined when nothing does. */
export function stepBetween(before: Fields | null, after: Fields | null): Step | undefined {
  if (before === null || after === null) return before === after ? undefined : { before, after };
  const changed = Object.keys(after).filter((field) => JSON.stringify(before[field]) !== JSON.stringify(after[field]));
  if (changed.length === 0) return undefined;
  const pick = (fields: Fields): Fields => Object.fromEntries(changed.map((field) => [field, fields[field] ?? null]));
  return { before: pick(before), after: pick(after) };
}
