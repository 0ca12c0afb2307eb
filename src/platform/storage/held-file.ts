import type { TemporaryFile } from "./temporary-files.ts";

/** So many bytes wait in memory: small archives are then read there, and what is refused of them never touches the disk. */
const HELD_AT_MOST = 64 * 1024;

/** A temporary file that is made at `path` when more comes than is held in memory, or when it is to be synced. */
export function createHeldFile(path: string, create: (path: string) => Promise<TemporaryFile>): TemporaryFile {
  let held: Buffer = Buffer.alloc(0);
  let made: Promise<TemporaryFile> | undefined;

  async function make(): Promise<TemporaryFile> {
    const file = await create(path);
    try {
      for (let done = 0; done < held.length; ) {
        done += (await file.handle.write(held, done, held.length - done, done)).bytesWritten;
      }
    } catch (error) {
      await file.remove();
      throw error;
    }
    held = Buffer.alloc(0);
    return file;
  }

  function onDisk(): Promise<TemporaryFile> {
    made ??= make();
    return made;
  }

  async function close(): Promise<void> {
    await (await made)?.close();
  }

  return {
    path,
    handle: {
      async write(bytes, offset, length, position) {
        if (made !== undefined || position !== held.length || position + length > HELD_AT_MOST) {
          return (await onDisk()).handle.write(bytes, offset, length, position);
        }
        held = Buffer.concat([held, bytes.subarray(offset, offset + length)]);
        return { bytesWritten: length };
      },
      async read(bytes, offset, length, position) {
        if (made !== undefined) return (await made).handle.read(bytes, offset, length, position);
        const piece = held.subarray(position, position + length);
        bytes.set(piece, offset);
        return { bytesRead: piece.length };
      },
      stat: async () => (await onDisk()).handle.stat(),
      sync: async () => (await onDisk()).handle.sync(),
      close,
    },
    close,
    async remove() {
      // Whoever could not make it has removed it.
      const file = await made?.catch(() => undefined);
      await file?.remove();
    },
  };
}
