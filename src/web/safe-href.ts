const schemes = new Set(["http:", "https:", "mailto:"]);

/**
 * A link target that came from outside (metadata, a form), undefined when it must not become a link: relative ones would
 * point into this site, and schemes other than http, https and mailto may run something.
 */
export function safeHref(target: string): string | undefined {
  const url = URL.parse(target.trim());
  return url !== null && schemes.has(url.protocol) ? url.href : undefined;
}
