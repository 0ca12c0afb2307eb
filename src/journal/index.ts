/** The journal: every visible change of a project, in the order of commits, with what it changed. */
export type { Change, Fields, Json, State, Step } from "./change.ts";
export { applyChange, stepBetween } from "./change.ts";
export type { Entry, Subject } from "./queries.ts";
export { appendToJournal, journalLines, listChanges } from "./queries.ts";
