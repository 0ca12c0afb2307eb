const MAX_PORT = 65_535;

/** `user@host:port` with a port of up to five digits; anything else before the path counts as a name without a port. */
const PORT = /^(?:[\w.~!$&'()*+,;=:%-]*@)?(?:[\w.~!$&'()*+,;=%-]*|\[[0-9a-f:.]+\]):0*([0-9]{1,5})$/i;

/**
 * Whether a text may be a Home-page, Download-URL or Project-URL: absolute, http or https (RFC 3986). As lenient as the
 * reference: no host is required (`https:x`), characters that would need escaping pass, a port has to exist.
 */
export function isWebUrl(text: string): boolean {
  const [, rest] = /^https?:(.*)$/is.exec(text) ?? [];
  if (rest === undefined) return false;
  const [, authority] = /^\/\/([^/?#]*)/.exec(rest) ?? [];
  const [, port] = PORT.exec(authority ?? "") ?? [];
  return port === undefined || Number(port) <= MAX_PORT;
}
