import type { IncomingMessage } from "node:http";
import { BodyTooLarge, MalformedBody } from "./errors.ts";

/**
 * The bytes of a request's body as they arrive. Leaving early does not close the connection, so a refusal still reaches the client.
 * Throws BodyTooLarge beyond `limit` bytes, at once when the length was announced, and MalformedBody when it stops early.
 */
export async function* bodyChunks(request: IncomingMessage, limit: number): AsyncGenerator<Buffer, void, void> {
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > limit) throw tooLarge(limit, announced);
  let received = 0;
  try {
    for await (const chunk of request.iterator({ destroyOnReturn: false })) {
      const bytes: Buffer = chunk;
      received += bytes.length;
      if (received > limit) throw tooLarge(limit, received);
      yield bytes;
    }
  } catch (error) {
    if (request.errored !== null && error === request.errored) throw cutShort(error);
    throw error;
  }
  if (!request.complete) throw cutShort(undefined);
}

/** A whole body in memory. Throws as `bodyChunks`. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(bodyChunks(request, limit)));
}

function tooLarge(limit: number, size: number): BodyTooLarge {
  return new BodyTooLarge(`This body is too large: at most ${limit} bytes are read here, and it has ${size} or more.`);
}

function cutShort(cause: unknown): MalformedBody {
  return new MalformedBody("The connection ended before the whole body had come.", { cause });
}
