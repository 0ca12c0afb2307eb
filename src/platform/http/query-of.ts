/**
 * The query of a request target with its question mark, or nothing. A backslash comes encoded: it is no character of
 * addresses, and browsers take it for a slash.
 */
export function queryOf({ url = "" }: { readonly url?: string | undefined }): string {
  const at = url.indexOf("?");
  return at === -1 ? "" : url.slice(at).replaceAll("\\", "%5C");
}
