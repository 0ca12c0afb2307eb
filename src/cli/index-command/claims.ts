import type { Command } from "commander";
import { takeSettings } from "../setting-flags.ts";
import { layOutRows } from "../table.ts";
import { CommandFailed, type Terminal } from "../terminal.ts";
import { withDb } from "./with-db.ts";

interface Flags {
  readonly index: string;
  readonly reason: string;
}

/** `index claim`, `index unclaim`, `index claims`: names that a hosted index keeps for itself. */
export function addClaims(index: Command, terminal: Terminal): void {
  const claim = index
    .command("claim")
    .description("keep names for an index: no upstream is asked for them, in any spelling")
    .argument("<pattern>", "a project's name, or the beginning of some with * at its end: 'acme-*'")
    .option("--index <name>", "which index keeps them", "main")
    .option("--reason <text>", "why, for who reads the list", "");
  const loadForClaim = takeSettings(claim, "common", terminal);
  claim.action(async (text: string, flags: Flags) => {
    const { claimNames, getIndex, parseClaim } = await import("../../indexes/index.ts");
    const pattern = parseClaim(text);
    await withDb(loadForClaim("other").config, "index claim", async (db) => {
      const target = await getIndex(db, flags.index);
      // A claim is a hosted index's word; elsewhere nothing would listen to it.
      if (!target.sources.some(({ id }) => id === target.id) || target.kind === "mirror") {
        throw new CommandFailed(`${flags.index} takes no uploads itself: claim the names for the index that does`);
      }
      await claimNames(db, target.id, pattern, flags.reason);
    });
    terminal.print(`${flags.index} keeps ${describe(pattern)}.\n`);
  });

  const unclaim = index
    .command("unclaim")
    .description("take a claim back; names that were uploaded once stay the index's own")
    .argument("<pattern>", "as index claims lists it")
    .option("--index <name>", "whose claim", "main");
  const loadForUnclaim = takeSettings(unclaim, "common", terminal);
  unclaim.action(async (text: string, flags: Flags) => {
    const { getIndex, parseClaim, releaseClaim } = await import("../../indexes/index.ts");
    const pattern = parseClaim(text);
    await withDb(loadForUnclaim("other").config, "index unclaim", async (db) => {
      const wasClaimed = await releaseClaim(db, (await getIndex(db, flags.index)).id, pattern);
      if (!wasClaimed) throw new CommandFailed(`${flags.index} has no claim ${pattern}; index claims lists them`);
    });
    terminal.print(`${flags.index} claims ${pattern} no more.\n`);
  });

  const claims = index
    .command("claims")
    .description("list the names that an index keeps")
    .option("--index <name>", "which index", "main");
  const loadForClaims = takeSettings(claims, "common", terminal);
  claims.action(async (flags: Flags) => {
    await withDb(loadForClaims("other").config, "index claims", async (db) => {
      const { getIndex, listClaims } = await import("../../indexes/index.ts");
      const rows = (await listClaims(db, (await getIndex(db, flags.index)).id)).map((one) => [
        one.pattern,
        one.claimedAt.toString().slice(0, "2026-01-01".length),
        one.reason,
      ]);
      terminal.print(layOutRows([["PATTERN", "SINCE", "REASON"], ...rows]));
    });
  });
}

function describe(pattern: string): string {
  return pattern.endsWith("*") ? `every name that begins with ${pattern.slice(0, -1)}` : `the name ${pattern}`;
}
