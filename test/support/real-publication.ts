import { randomUUID } from "node:crypto";
import { createBlobRegister } from "../../src/files/index.ts";
import type { Index } from "../../src/indexes/index.ts";
import type { Db } from "../../src/platform/db/pool.ts";
import type { DiskStore } from "../../src/platform/storage/disk-store.ts";
import { createProjectChanges, createPublish, type Uploader } from "../../src/projects/index.ts";
import { makePublication } from "./factories.ts";

/** Publishes as the upload endpoint does, with bytes that are really stored. Times move on by a second with every act. */
export function createPublisher(db: Db, store: DiskStore, index: Index, uploader: Uploader) {
  let now = Temporal.Instant.from("2026-05-04T10:00:00.000123Z");
  const clock = {
    now() {
      now = now.add({ seconds: 1 });
      return now;
    },
  };
  const { publish } = createPublish({
    announce: async () => {},
    db,
    clock,
    rules: { nameSimilarity: false, uploadWindowDays: undefined },
    help: (anchor) => anchor,
    newId: randomUUID,
    bytes: createBlobRegister(store),
  });
  return {
    /** A wheel of a few bytes that no other has. */
    async publish(name: string, version: string): Promise<void> {
      const metadata = {
        summary: `${name}\tin\\${version}\n`,
        description: `# ${name} — ümlaut\r\n`,
        requiresPython: ">=3.9",
      };
      const publication = makePublication(index, uploader, { name, version, metadata });
      const bytes = await store.putBytes(Buffer.from(`wheel of ${name} ${version} in ${index.id}`));
      const sibling = await store.putBytes(Buffer.from(`Name: ${name}\nVersion: ${version}\n`));
      await publish({ ...publication, file: { ...publication.file, ...bytes }, metadataFile: sibling });
    },
    changes: createProjectChanges({ announce: async () => {}, db, clock }),
    target: (project: string) => ({ index, project, actorId: uploader.id }),
  };
}
