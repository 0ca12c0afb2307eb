import type { HostedSource } from "../indexes/index.ts";
import type { Db } from "../platform/db/pool.ts";
import { findKeeper, listKept } from "./keeper-queries.ts";
import { findReleaseMetadata, listProjectLines, readProjectPage } from "./page-queries.ts";

/** What was uploaded here, as indexes compose it. Every change of it is told, so a page stays until then. */
export function createHostedSource(db: Db): HostedSource {
  return {
    async readPage(source, name) {
      const page = await readProjectPage(db, source.id, name);
      return page && { page };
    },
    readMetadata: (source, name, version) => findReleaseMetadata(db, source.id, name, version),
    listLines: (source) => listProjectLines(db, source.id),
    findKeeper: (indexIds, name) => findKeeper(db, indexIds, name),
    listKept: (indexIds, names) => listKept(db, indexIds, names),
  };
}
