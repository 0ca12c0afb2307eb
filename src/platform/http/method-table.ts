/** Which methods each address pattern takes: what 405, `Allow`, OPTIONS and the missing slash are decided by. */
export interface MethodTable {
  readonly add: (pattern: string, methods: readonly string[]) => void;
  /** The methods declared for this path (not decoded, no query), sorted; undefined when no pattern matches. */
  readonly find: (path: string) => readonly string[] | undefined;
}

/** An empty table. Patterns are written as for the router: `:name` for a segment's text, `*` at the end for the rest. */
export function createMethodTable(): MethodTable {
  const rows = new Map<string, { readonly matcher: RegExp; readonly methods: Set<string> }>();
  return {
    add(pattern, methods) {
      const matcher = toRegExp(pattern);
      const row = rows.get(matcher.source) ?? { matcher, methods: new Set<string>() };
      rows.set(matcher.source, row);
      for (const method of methods) row.methods.add(method);
      // Every address that can be read can be asked about.
      if (row.methods.has("GET")) row.methods.add("OPTIONS");
    },
    find(path) {
      const methods = new Set<string>();
      for (const row of rows.values()) {
        if (row.matcher.test(path)) for (const method of row.methods) methods.add(method);
      }
      return methods.size === 0 ? undefined : [...methods].sort();
    },
  };
}

function toRegExp(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replace(/:[A-Za-z0-9_]+/g, "[^/]+")
    .replace(/\*/g, ".*");
  return new RegExp(`^${source}$`);
}
