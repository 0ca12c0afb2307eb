import { chooseType } from "./media-types.ts";
import { remember } from "./remember.ts";

/** The representations of the simple index (PEP 691), in the order that breaks ties. */
export const simpleTypes = [
  "text/html",
  "application/vnd.pypi.simple.v1+html",
  "application/vnd.pypi.simple.v1+json",
] as const;
export type SimpleType = (typeof simpleTypes)[number];

/**
 * The representation of a simple page to send: `format` in the query, if it is one of the known types, replaces Accept;
 * `latest` types mean version 1; what names none of ours gets HTML, never 406 (PEP 691 leaves that open; old pips need it).
 */
export function chooseSimpleType(accept: string | undefined, query: string): SimpleType {
  const asked = query.includes("format=") ? fromQuery(query) : undefined;
  return asked ?? (accept === undefined ? simpleTypes[0] : fromAccept(accept));
}

const fromAccept = remember(
  (accept): SimpleType =>
    chooseType(accept.replace(/(application\/vnd\.pypi\.simple\.)latest\+/gi, "$1v1+"), simpleTypes) ?? simpleTypes[0],
);

function fromQuery(query: string): SimpleType | undefined {
  const format = new URLSearchParams(query)
    .get("format")
    ?.replace(/^(application\/vnd\.pypi\.simple\.)latest\+/, "$1v1+");
  return simpleTypes.find((type) => type === format);
}
