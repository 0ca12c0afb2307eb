/** Documents: built pages kept in memory until a revision moves. */
export type { Document, Representation } from "./document.ts";
export { documentAnswer } from "./document-answer.ts";
export type { Build, Documents, Scope } from "./documents.ts";
export { createDocuments } from "./documents.ts";
