import { percentDecode } from "./percent-decode.ts";

/** Where an upstream answers, taken apart once. */
export interface UpstreamRoot {
  /** Of its simple index, without user name and password, with a slash at the end. */
  readonly url: URL;
  readonly authorization: { readonly origin: string; readonly value: string } | undefined;
  /** `…/pypi/`, beside the simple index; undefined where that is not called `simple`. */
  readonly jsonApi: URL | undefined;
  /** Whether an answer from there is the upstream's own: from its origin, or from the same host over https. */
  isOwn(url: URL): boolean;
}

/** Throws TypeError for what is no address; user name and password may be percent-encoded. */
export function readUpstreamUrl(text: string): UpstreamRoot {
  const url = new URL(text);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  const credentials = Buffer.from(`${percentDecode(username)}:${percentDecode(password)}`);
  const [, root] = /^(.*\/)\+?simple\/$/.exec(url.pathname) ?? [];
  return {
    url,
    authorization:
      username === "" && password === ""
        ? undefined
        : { origin: url.origin, value: `Basic ${credentials.toString("base64")}` },
    jsonApi: root === undefined ? undefined : new URL(`${root}pypi/`, url),
    isOwn: (other) =>
      other.origin === url.origin ||
      (other.hostname === url.hostname && url.protocol === "http:" && other.protocol === "https:"),
  };
}
