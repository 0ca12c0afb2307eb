/**
 * Every table by its SQL name, for Kysely. Each room adds its own in its `queries.ts`:
 * `declare module "../platform/db/tables.ts" { interface Tables { projects: ProjectsTable } }`.
 */
// biome-ignore lint/suspicious/noEmptyInterface: rooms add their tables by declaration merging.
export interface Tables {}
