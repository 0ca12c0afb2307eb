// A thread that hashes for others, so that the thread that answers requests stays free. Its own entry of the build.
import { parentPort } from "node:worker_threads";
import { createDigester, type Digester, type Measured } from "./digest.ts";

/** `block` travels by transfer, so nobody else has it meanwhile; its first `length` bytes count. */
export type ToDigestWorker =
  | { readonly stream: number; readonly do: "update"; readonly block: Uint8Array<ArrayBuffer>; readonly length: number }
  | { readonly stream: number; readonly do: "finish" }
  | { readonly stream: number; readonly do: "abandon" };

/** Every `update` is answered with its block, in order, and `finish` with the digests. */
export type FromDigestWorker =
  | { readonly stream: number; readonly block: Uint8Array<ArrayBuffer> }
  | { readonly stream: number; readonly measured: Measured };

const streams = new Map<number, Digester>();
/** Making a digester waits, and messages must not overtake each other meanwhile. */
let turn: Promise<void> = Promise.resolve();

parentPort?.on("message", (message: ToDigestWorker) => {
  turn = turn.then(() => handle(message));
});

async function handle(message: ToDigestWorker): Promise<void> {
  const { stream } = message;
  if (message.do === "abandon") {
    streams.delete(stream);
    return;
  }
  const digester = streams.get(stream) ?? (await createDigester());
  if (message.do === "finish") {
    streams.delete(stream);
    send({ stream, measured: digester.finish() });
    return;
  }
  streams.set(stream, digester);
  digester.update(message.block.subarray(0, message.length));
  send({ stream, block: message.block }, [message.block.buffer]);
}

function send(message: FromDigestWorker, transfer: ArrayBuffer[] = []): void {
  parentPort?.postMessage(message, transfer);
}
