import type { Command } from "commander";
import { addClaims } from "./index-command/claims.ts";
import { addCreate } from "./index-command/create.ts";
import { addExempt } from "./index-command/exempt.ts";
import { addList } from "./index-command/list.ts";
import type { Terminal } from "./terminal.ts";

/** `cheeseshop index …`: the indexes of a server, and which names they keep. Running servers follow at once. */
export function addIndex(program: Command, terminal: Terminal): void {
  const index = program.command("index").description("indexes, and the names they keep from upstreams");
  addCreate(index, terminal);
  addList(index, terminal);
  addClaims(index, terminal);
  addExempt(index, terminal);
}
