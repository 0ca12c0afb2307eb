import type { Dispatcher } from "undici";

/** Reads a small body that nobody looks at, so that its connection can be used again; breaks off a large or a late one. */
export function discardBody(body: Dispatcher.ResponseData["body"]): void {
  body.dump({ limit: 64 * 1024, signal: AbortSignal.timeout(2_000) }).catch(() => {});
}
