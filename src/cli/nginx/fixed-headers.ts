// The headers that nginx adds to what it serves by itself, taken from the code that adds them to our own answers.
import type { IncomingMessage } from "node:http";
import { wholeFile } from "../../files/index.ts";
import type { HeaderList } from "../../platform/http/answer.ts";
import { createCommonHeaders, ownOriginPolicy } from "../../platform/http/common-headers.ts";
import { corsHeaders } from "../../platform/http/cors.ts";

export type Header = readonly [name: string, value: string];

/** What every answer of ours carries; `path` decides which policy. */
function commonHeaders(path: string): HeaderList {
  const headersFor = createCommonHeaders({
    isSecure: () => false,
    isSandboxed: (url) => url.startsWith("/simple/"),
    contentSecurityPolicy: ownOriginPolicy,
    hstsMaxAge: 0,
  });
  return headersFor({ url: path } as IncomingMessage);
}

/** Of a project's page in the simple index. The serial is the page's own. */
export const pageHeaders: readonly Header[] = pairsOf([
  "Cache-Control",
  "max-age=600, public",
  "Vary",
  "Accept, Accept-Encoding",
  ...corsHeaders,
  ...commonHeaders("/simple/"),
]);

/** Of a distribution, or of its metadata. Type, times and validators are each file's own. */
export function fileHeaders(filename: string): readonly Header[] {
  const listedAt = Temporal.Instant.fromEpochMilliseconds(0);
  const { answer } = wholeFile({ blake2b: "", filename, listedAt }, "public", Buffer.alloc(0));
  return pairsOf([...answer.headers, ...commonHeaders("/packages/")]).filter(([name]) => !OWN.test(name));
}

const OWN = /^(?:content-type|etag|last-modified|accept-ranges|x-pypi-file-.*)$/i;

/** Names of what we may say of a file that nginx sends in our place. Type and Cache-Control it takes over by itself. */
export const handedOver: readonly string[] = [
  "ETag",
  "Last-Modified",
  "Vary",
  "X-Robots-Tag",
  "x-pypi-file-project",
  "x-pypi-file-version",
  "x-pypi-file-package-type",
  "x-pypi-file-python-version",
  "Strict-Transport-Security",
  ...pairsOf(commonHeaders("/packages/")).map(([name]) => name),
];

function pairsOf(list: HeaderList): readonly Header[] {
  return list.flatMap((name, at) => (at % 2 === 0 ? [[name, list[at + 1] ?? ""] as const] : []));
}
