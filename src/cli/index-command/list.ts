import type { Command } from "commander";
import { withoutCredentials } from "../../platform/config/addresses.ts";
import { takeSettings } from "../setting-flags.ts";
import { layOutRows } from "../table.ts";
import type { Terminal } from "../terminal.ts";
import { withDb } from "./with-db.ts";

/** `index list` */
export function addList(index: Command, terminal: Terminal): void {
  const command = index.command("list").description("list the indexes and what each consists of");
  const load = takeSettings(command, "common", terminal);
  command.action(async () => {
    await withDb(load("other").config, "index list", async (db) => {
      const { listIndexes } = await import("../../indexes/index.ts");
      const { listUpstreams } = await import("../../mirror/index.ts");
      const upstreams = new Map((await listUpstreams(db)).map(({ index, url }) => [index, withoutCredentials(url)]));
      const rows = (await listIndexes(db)).map(({ name, kind, isPrivate, sources }) => [
        name,
        kind,
        isPrivate ? "private" : "public",
        kind === "union" ? sources.map((source) => source.name).join(", ") : (upstreams.get(name) ?? ""),
      ]);
      terminal.print(layOutRows([["NAME", "KIND", "READING", "CONSISTS OF"], ...rows]));
    });
  });
}
