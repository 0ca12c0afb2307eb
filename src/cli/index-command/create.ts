import type { Command } from "commander";
import { parseUpstream } from "../../platform/config/addresses.ts";
import { ConfigurationMistakes } from "../../platform/config/mistakes.ts";
import { wholeNumber } from "../../platform/config/quantities.ts";
import { Unfit } from "../../platform/config/unfit.ts";
import { takeSettings } from "../setting-flags.ts";
import type { Terminal } from "../terminal.ts";
import { withDb } from "./with-db.ts";

const KINDS = ["hosted", "mirror", "union"] as const;

interface Flags {
  readonly kind: string;
  readonly upstream?: string;
  readonly member: readonly string[];
  readonly private?: true;
  readonly volatile?: true;
  readonly keepDevelopment?: string;
}

/** `index create NAME --kind …` */
export function addCreate(index: Command, terminal: Terminal): void {
  const command = index
    .command("create")
    .description("make an index; it answers below /i/NAME/")
    .argument("<name>", "letters a to z, digits, and - between them")
    .requiredOption("--kind <kind>", "hosted: takes uploads; mirror: shows another index; union: shows several")
    .option("--upstream <url>", "what a mirror mirrors, such as https://mirror.example.org/simple/")
    .option(
      "--member <name>",
      "of a union, in their order; its own name: it takes uploads itself; to be repeated",
      collect,
      [],
    )
    .option("--private", "reading needs a token or a password")
    .option("--volatile", "a file name may get new bytes (kept; not in force yet)")
    .option("--keep-development <n>", "how many development releases stay (kept; not in force yet)");
  const load = takeSettings(command, "common", terminal);
  command.action(async (name: string, flags: Flags) => {
    const { config } = load("other");
    const kind = KINDS.find((known) => known === flags.kind);
    if (kind === undefined) refuse("--kind", `"${flags.kind}" is not one of ${KINDS.join(", ")}`);
    if (kind === "mirror" && flags.upstream === undefined) {
      refuse("--upstream", "a mirror needs one. Example: --upstream https://mirror.example.org/simple/");
    }
    if (kind !== "mirror" && flags.upstream !== undefined) refuse("--upstream", "only a mirror has one");
    const upstream = flags.upstream === undefined ? undefined : parse("--upstream", flags.upstream, parseAddress);
    const keep =
      flags.keepDevelopment === undefined
        ? null
        : parse("--keep-development", flags.keepDevelopment, wholeNumber(1, 1000));
    await withDb(config, "index create", async (db) => {
      const { createIndex } = await import("../../indexes/index.ts");
      const { setUpstream } = await import("../../mirror/index.ts");
      await db.transaction().execute(async (trx) => {
        const made = await createIndex(trx, {
          name,
          kind,
          isPrivate: flags.private ?? false,
          isVolatile: flags.volatile ?? false,
          keepDevelopmentReleases: keep,
          members: flags.member,
        });
        if (upstream !== undefined) await setUpstream(trx, made.id, upstream);
      });
    });
    terminal.print(`Made the index ${name}. It answers at /i/${name}/simple/.\n`);
    if (kind === "mirror")
      terminal.print("A server that runs without any mirror yet asks upstreams from its next start on.\n");
  });
}

const collect = (text: string, others: readonly string[]): readonly string[] => [...others, text];

function parseAddress(text: string): string {
  const address = parseUpstream(text);
  if (!address.includes(":")) throw new Unfit("is not an address that begins with https:// or http://");
  return address;
}

/** What was written is not repeated: there may be a password in it. */
function parse<Value>(flag: string, text: string, read: (text: string) => Value): Value {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    refuse(flag, `what was given ${error.message}`);
  }
}

function refuse(place: string, sentence: string): never {
  throw new ConfigurationMistakes([{ place, sentence }]);
}
