import type { ServerResponse } from "node:http";

/** Resolves when more can be written, and also when there is nobody left who would take anything. */
export function drained(response: ServerResponse): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const goOn = () => {
    response.off("drain", goOn);
    response.off("close", goOn);
    resolve();
  };
  response.on("drain", goOn);
  response.on("close", goOn);
  return promise;
}
