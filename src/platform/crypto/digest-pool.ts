import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { createDigester, type Measured } from "./digest.ts";
import type { FromDigestWorker, ToDigestWorker } from "./digest-worker.ts";

/** Bodies up to this many bytes are hashed where they arrive: 16 MB take 0.1 s in slices that nobody notices. */
export const INLINE_AT_MOST = 16 * 1024 * 1024;

/** Hashes blocks that it takes over from the caller and gives back for reuse. */
export interface BlockDigester {
  /** How many blocks it pays to have under way. */
  readonly depth: number;
  /**
   * The first `length` bytes of `block`, which belongs to the digester until the promise gives it (or its equal) back.
   * Calls are hashed in order and need not wait for each other: the number of blocks is the backpressure.
   */
  update(block: Uint8Array<ArrayBuffer>, length: number): Promise<Uint8Array<ArrayBuffer>>;
  /** After all updates; once. */
  finish(): Promise<Measured>;
  /** For a stream that ends early: frees what the digester holds. Harmless after `finish`. */
  abandon(): void;
}

export interface DigestPool {
  /** `expectedLength` in bytes; a long or unknown body is hashed by a thread, a short one inline. */
  open(expectedLength: number | undefined): Promise<BlockDigester>;
  /** Ends the threads; streams under way fail. */
  close(): Promise<void>;
}

/** More threads than this never help: a disk or a network is slower. */
const THREADS_AT_MOST = 2;
/** One block is hashed, one is on its way there, one on its way back, one is being filled. */
const THREAD_DEPTH = 4;
/** Milliseconds until a thread without work ends, which gives back its 10 MB. */
const IDLE_FOR = 20_000;

/** Threads are started when first needed, and keep the process alive only while they hash. */
export function createDigestPool(threads = Math.min(THREADS_AT_MOST, availableParallelism())): DigestPool {
  const running: DigestThread[] = [];

  function leastBusy(): DigestThread {
    for (let at = running.length - 1; at >= 0; at--) if (running[at]?.isOver()) running.splice(at, 1);
    const free = running.find((thread) => thread.load() === 0);
    if (free) return free;
    if (running.length < threads) {
      const thread = startThread();
      running.push(thread);
      return thread;
    }
    return running.reduce((least, thread) => (thread.load() < least.load() ? thread : least));
  }

  return {
    open: async (expectedLength) =>
      expectedLength !== undefined && expectedLength <= INLINE_AT_MOST ? openInline() : leastBusy().open(),
    async close() {
      await Promise.all(running.splice(0).map((thread) => thread.end()));
    },
  };
}

async function openInline(): Promise<BlockDigester> {
  const digester = await createDigester();
  return {
    depth: 1,
    async update(block, length) {
      digester.update(block.subarray(0, length));
      return block;
    },
    finish: async () => digester.finish(),
    abandon() {},
  };
}

interface DigestThread {
  load(): number;
  isOver(): boolean;
  open(): BlockDigester;
  end(): Promise<unknown>;
}

/** What a stream waits for, oldest first: its blocks, then its digests. */
interface Waiting {
  readonly blocks: PromiseWithResolvers<Uint8Array<ArrayBuffer>>[];
  finished?: PromiseWithResolvers<Measured>;
}

function startThread(): DigestThread {
  const worker = new Worker(workerFile(), {
    resourceLimits: { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 4 },
  });
  worker.unref();
  const streams = new Map<number, Waiting>();
  let last = 0;
  let failure: Error | undefined;
  let idle: NodeJS.Timeout | undefined;

  function fail(cause: Error): void {
    failure ??= cause;
    clearTimeout(idle);
    for (const { blocks, finished } of streams.values()) {
      for (const block of blocks) block.reject(failure);
      finished?.reject(failure);
    }
    streams.clear();
  }
  worker.on("error", (error) => fail(new Error("The hashing thread failed", { cause: error })));
  worker.on("exit", () => fail(new Error("The hashing thread has ended")));
  worker.on("message", (message: FromDigestWorker) => {
    const waiting = streams.get(message.stream);
    if (!waiting) return;
    if ("block" in message) waiting.blocks.shift()?.resolve(message.block);
    else {
      close(message.stream);
      waiting.finished?.resolve(message.measured);
    }
  });

  function close(stream: number): void {
    streams.delete(stream);
    if (streams.size > 0) return;
    worker.unref();
    idle = setTimeout(() => void end(), IDLE_FOR).unref();
  }
  function end(): Promise<unknown> {
    fail(new Error("The hashing thread has ended"));
    return worker.terminate();
  }
  function send(message: ToDigestWorker, transfer: ArrayBuffer[] = []): void {
    worker.postMessage(message, transfer);
  }

  return {
    load: () => streams.size,
    isOver: () => failure !== undefined,
    end,
    open() {
      clearTimeout(idle);
      worker.ref();
      const stream = ++last;
      const waiting: Waiting = { blocks: [] };
      streams.set(stream, waiting);
      return {
        depth: THREAD_DEPTH,
        update(block, length) {
          if (failure) return Promise.reject(failure);
          const given = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
          // A stream that failed elsewhere no longer looks at its blocks.
          given.promise.catch(() => {});
          waiting.blocks.push(given);
          send({ stream, do: "update", block, length }, [block.buffer]);
          return given.promise;
        },
        finish() {
          if (failure) return Promise.reject(failure);
          waiting.finished = Promise.withResolvers<Measured>();
          send({ stream, do: "finish" });
          return waiting.finished.promise;
        },
        abandon() {
          if (!streams.has(stream)) return;
          for (const block of waiting.blocks) block.reject(new Error("The stream was abandoned"));
          close(stream);
          send({ stream, do: "abandon" });
        },
      };
    },
  };
}

/** Beside this file when run from source; in the build beside main.js, which this code may have become a chunk of. */
function workerFile(): URL {
  const places = ["./digest-worker.ts", "./digest-worker.js", "../digest-worker.js"];
  const found = places.map((place) => new URL(place, import.meta.url)).find((url) => existsSync(url));
  if (!found) throw new Error("digest-worker.js is missing beside the program: build it again");
  return found;
}
