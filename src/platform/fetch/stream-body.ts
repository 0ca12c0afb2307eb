import type { Readable } from "node:stream";
import type { Clock } from "../clock/clock.ts";
import { FetchFailed, fetchFailed, showUrl } from "./fetch-failed.ts";
import type { HttpResponse } from "./http-client.ts";

/** A sender that brings fewer `bytes` in `ms` of waiting for it is given up. */
export interface Pace {
  readonly bytes: number;
  readonly ms: number;
}

const PACE: Pace = { bytes: 16 * 1024, ms: 60_000 };

type Streamed = Pick<HttpResponse, "url"> & { readonly body: Readable };

export type BodyStream = AsyncIterable<Buffer> & { destroy(error?: Error): void };

/** The bytes of a body as they were sent and as they arrive. Only time spent waiting for the sender counts. Throws FetchFailed. */
export function streamBody({ body, url }: Streamed, clock: Clock, pace: Pace = PACE): BodyStream {
  async function* chunks(): AsyncGenerator<Buffer> {
    let waited = 0;
    let received = 0;
    let since = clock.now().epochMilliseconds;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        waited += clock.now().epochMilliseconds - since;
        received += chunk.length;
        if (received >= pace.bytes) waited = received = 0;
        else if (waited > pace.ms) throw new FetchFailed("slow", `${showUrl(url)} sends its answer too slowly.`);
        yield chunk;
        since = clock.now().epochMilliseconds;
      }
    } catch (error) {
      throw fetchFailed(error, url, true);
    }
  }
  return {
    [Symbol.asyncIterator]: chunks,
    destroy: (error) => void body.destroy(error),
  };
}
