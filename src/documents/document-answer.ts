import type { IncomingMessage } from "node:http";
import { chooseCoding } from "../platform/http/accept-encoding.ts";
import type { Answer } from "../platform/http/answer.ts";
import { noneMatchNames } from "../platform/http/conditional.ts";
import type { Document } from "./document.ts";

/** The document in the coding that the request prefers, or 304 when it holds that one already. */
export function documentAnswer(document: Document, { headers }: Pick<IncomingMessage, "headers">): Answer {
  const { identity, gzip } = document;
  const variant = gzip !== undefined && chooseCoding(headers["accept-encoding"]) === "gzip" ? gzip : identity;
  const known = headers["if-none-match"];
  return known !== undefined && noneMatchNames(known, variant.etag) ? variant.notModified : variant.full;
}
