import { close, open, read } from "node:fs";
import type { ServerResponse } from "node:http";
import type { FileSlice } from "./answer.ts";

/**
 * Bytes that are read and written at once. A file of 20 MB takes 2.4 times as much CPU with 64 KiB, a tenth less with
 * 1 MiB; whoever reads slowly makes us hold one such chunk.
 */
const CHUNK = 512 * 1024;
/** Chunks of that size at once, 32 MiB; whoever comes while so many are held gets a small one. */
const MOST_CHUNKS = 64;
const SMALL_CHUNK = 64 * 1024;
/** Chunks kept for the next download. A new one each time costs a third of all CPU, in page faults and collections. */
const KEPT_CHUNKS = 16;
/** How long a client may take nothing of what is there for it. Proxies wait a minute. */
export const STALL_MS = 120_000;

export interface SliceEvents {
  /** The first bytes are there, so the head may be written. */
  begin(): void;
  /** The bytes cannot be had, or not all of them. Before `begin` there is still time to say so. */
  fail(error: Error): void;
}

/**
 * Reads a part of a file and ends the response with it; the file is closed when this is over, also when the client goes
 * away. Reads ahead by no more than the chunk that the client is about to be sent. A client that takes nothing for
 * `stallMs` milliseconds is let go.
 */
export function sendSlice(response: ServerResponse, slice: FileSlice, events: SliceEvents, stallMs = STALL_MS): void {
  open(slice.path, "r", (error, fd) => {
    if (error) events.fail(error);
    else if (response.headersSent || response.destroyed) close(fd);
    else stream(response, slice, fd, events, stallMs);
  });
}

function stream(
  response: ServerResponse,
  { path, start, end }: FileSlice,
  fd: number,
  events: SliceEvents,
  stallMs: number,
): void {
  const chunk = takeChunk();
  let position = start;
  let isReading = false;
  let isOver = false;
  response.once("close", abandon);
  // Node destroys the connection then, unless somebody listens for it.
  response.setTimeout(stallMs);
  readOn();

  function readOn(): void {
    if (!isOver) fill(0, Math.min(chunk.length, end - position));
  }

  /** A read may be short without being the last one. */
  function fill(filled: number, wanted: number): void {
    isReading = true;
    read(fd, chunk, filled, wanted - filled, position + filled, (error, count) => {
      isReading = false;
      const there = filled + count;
      if (isOver) close(fd);
      else if (error) fail(error);
      else if (there === wanted) write(wanted);
      else if (count > 0) fill(there, wanted);
      else fail(new Error(`${path} ends after ${position + there} bytes instead of ${end}`));
    });
  }

  function write(count: number): void {
    if (position === start) {
      // Another answer went out meanwhile, such as the one to a body that came too slowly.
      if (response.headersSent) {
        abandon();
        return;
      }
      events.begin();
    }
    position += count;
    const bytes = count === chunk.length ? chunk : chunk.subarray(0, count);
    // Called back when the system has taken all of it: only then may the chunk be filled anew.
    if (position < end) response.write(bytes, (error) => (error ? abandon() : readOn()));
    else response.end(bytes, finish);
  }

  function finish(): void {
    if (!isOver) giveBackChunk(chunk);
    leave();
  }

  /** The chunk is not used again: some of it may still wait to be written. */
  function abandon(): void {
    if (!isOver) loseChunk(chunk);
    leave();
  }

  function fail(error: Error): void {
    abandon();
    events.fail(error);
  }

  function leave(): void {
    if (isOver) return;
    isOver = true;
    response.off("close", abandon);
    // The number of a closed file may be another file's at once, so a read that is under way must come back first.
    if (!isReading) close(fd);
  }
}

const kept: Buffer[] = [];
let taken = 0;

function takeChunk(): Buffer {
  if (taken >= MOST_CHUNKS) return Buffer.allocUnsafeSlow(SMALL_CHUNK);
  taken++;
  return kept.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
}

function giveBackChunk(chunk: Buffer): void {
  if (chunk.length === CHUNK && kept.length < KEPT_CHUNKS) kept.push(chunk);
  loseChunk(chunk);
}

function loseChunk(chunk: Buffer): void {
  if (chunk.length === CHUNK) taken--;
}
