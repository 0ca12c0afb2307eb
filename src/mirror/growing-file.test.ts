import { expect, test } from "vitest";
import { createGrowingFile, type Growth } from "./growing-file.ts";

const bytes = Buffer.from("all of it");
const store = {
  open: async () => ({
    size: bytes.length,
    read: async (offset: number, length: number) => bytes.subarray(offset, offset + length),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
  }),
};

test.each<[Growth, string]>([
  [{ kind: "kept", blake2b: "ab".repeat(32), size: bytes.length }, "all of it"],
  [{ kind: "failed", message: "It broke off" }, "It broke off"],
])("who opens the file just when it is moved away hears what became of it: $kind", async (told, expected) => {
  const file = createGrowingFile(store, "/nonexistent/while-it-grew", bytes.length);
  const reading = Array.fromAsync(file.read(0)).then(
    (pieces) => String(Buffer.concat(pieces)),
    (error: Error) => error.message,
  );
  // The system has been asked for the file, and cannot have answered yet.
  await new Promise(process.nextTick);
  file.tell(told);
  expect(await reading).toBe(expected);
});
