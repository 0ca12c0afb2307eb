import type { IncomingMessage } from "node:http";
import { MalformedRequest, PageNotFound } from "./errors.ts";

const ordinary = /^\/[\x21\x22\x24\x26-\x7e]*$/;
const hostPattern = /^(?:[A-Za-z0-9._~!$&'()*+,;=-]{0,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{0,5})?$/;

/**
 * Brings `request.url` into the one form that the rest of the program reads, a path and a query, or refuses it. The
 * usual address, without percent signs, costs one pass of a pattern. Throws MalformedRequest, or PageNotFound for a NUL in the
 * path, which no stored name can hold.
 */
export function checkRequestLine(request: IncomingMessage): void {
  const url = request.url ?? "/";
  if (!ordinary.test(url)) request.url = tidy(url);
  const { host } = request.headers;
  if (host !== undefined && !hostPattern.test(host)) throw new MalformedRequest("Invalid Host header.");
}

function tidy(url: string): string {
  // RFC 9112 §3.2.2: a server must take the absolute form; the host in it is not looked at. Fragments come from old clients.
  const target = url.replace(/^https?:\/\/[^/?#]*/i, "").replace(/#.*$/s, "");
  const path = target === "" || target.startsWith("?") ? `/${target}` : target;
  if (!/^\/[\x21-\x7e]*$/.test(path)) throw new MalformedRequest("Invalid bytes in URL.");
  const query = path.indexOf("?");
  checkPath(query === -1 ? path : path.slice(0, query));
  if (query !== -1) checkQuery(path.slice(query + 1));
  return path;
}

function checkPath(path: string): void {
  if (!path.includes("%")) return;
  if (!isUtf8(path)) throw new MalformedRequest("Invalid bytes in URL.");
  if (path.includes("%00")) throw new PageNotFound();
}

/** A lone percent sign in a query is what people type into a search box, and stands for itself. */
function checkQuery(query: string): void {
  if (!query.includes("%")) return;
  const strict = query.replace(/%(?![0-9A-Fa-f]{2})/g, "%25");
  if (!isUtf8(strict) || strict.includes("%00")) throw new MalformedRequest("Invalid bytes in query string.");
}

function isUtf8(encoded: string): boolean {
  try {
    decodeURIComponent(encoded);
    return true;
  } catch {
    return false;
  }
}
