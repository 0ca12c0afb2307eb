import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import type { IncomingBytes } from "./answer.ts";
import { drained } from "./drained.ts";
import { type SliceEvents, STALL_MS } from "./send-slice.ts";

/**
 * Ends the response with bytes that are still coming, at the pace of the client, and stops reading them when it goes away. The head
 * waits for the first of them: until then there is still time to say that they do not come.
 */
export function sendIncoming(
  response: ServerResponse,
  { start, end, read }: IncomingBytes,
  events: SliceEvents,
  stallMs = STALL_MS,
): void {
  const bytes = read(start, end);
  const { socket } = response.req;
  const leave = () => void bytes.destroy();
  response.once("close", leave);
  // A response that waits for its turn behind another one on its connection is not told when that connection closes.
  socket.once("close", leave);
  // Node destroys the connection then, unless somebody listens for it.
  response.setTimeout(stallMs);
  pass(response, bytes, events)
    .catch((error: unknown) => events.fail(error instanceof Error ? error : new Error(String(error))))
    .finally(() => {
      response.off("close", leave);
      socket.off("close", leave);
    });
}

async function pass(response: ServerResponse, bytes: Readable, events: SliceEvents): Promise<void> {
  let hasBegun = false;
  for await (const chunk of bytes) {
    if (response.destroyed) return;
    if (!hasBegun) events.begin();
    hasBegun = true;
    if (!response.write(chunk)) await drained(response);
  }
  if (response.destroyed) return;
  if (!hasBegun) events.begin();
  response.end();
}
