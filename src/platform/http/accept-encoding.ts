import { remember } from "./remember.ts";

export type Coding = "gzip" | "identity";

/**
 * The coding to send, by Accept-Encoding (RFC 9110 §12.5.3): gzip only when the client names it, or refuses identity, and
 * does not like identity as much; identity when in doubt, as the reference does for `*`.
 */
export function chooseCoding(acceptEncoding: string | undefined): Coding {
  return acceptEncoding === undefined ? "identity" : choose(acceptEncoding);
}

const choose = remember((field): Coding => {
  let gzip: number | undefined;
  let identity: number | undefined;
  let rest: number | undefined;
  for (const element of field.toLowerCase().split(",")) {
    const match = /^([^\s;]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/.exec(element.trim());
    if (!match) continue;
    const q = Number(match[2] ?? 1);
    if (match[1] === "gzip" || match[1] === "x-gzip") gzip = Math.max(gzip ?? 0, q);
    else if (match[1] === "identity") identity = q;
    else if (match[1] === "*") rest = q;
  }
  const likesGzip = gzip ?? rest ?? 0;
  const likesIdentity = identity ?? rest ?? 0;
  const isNamedAlone = gzip !== undefined && identity === undefined;
  if (likesGzip === 0) return "identity";
  return likesGzip > likesIdentity || (likesGzip === likesIdentity && isNamedAlone) ? "gzip" : "identity";
});
