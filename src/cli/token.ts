import type { Command } from "commander";
import { ConfigurationMistakes } from "../platform/config/mistakes.ts";
import { parseDuration } from "../platform/config/quantities.ts";
import type { Config } from "../platform/config/resolve.ts";
import { Unfit } from "../platform/config/unfit.ts";
import { createProcessLog } from "../platform/log/create-log.ts";
import type { AccountServices } from "./accounts.ts";
import { withDatabase } from "./database.ts";
import { takeSettings } from "./setting-flags.ts";
import { layOutRows } from "./table.ts";
import type { Terminal } from "./terminal.ts";

interface CreateFlags {
  readonly user: string;
  readonly project: readonly string[];
  readonly index: readonly string[];
  readonly readOnly?: true;
  readonly expires?: string;
  readonly name?: string;
}

/** `cheeseshop token …`: upload and read tokens, also while the server runs. */
export function addToken(program: Command, terminal: Terminal): void {
  const token = program.command("token").description("tokens for uploading and reading");
  addCreate(token, terminal);
  addList(token, terminal);
  addRevoke(token, terminal);
}

function addCreate(token: Command, terminal: Terminal): void {
  const command = token
    .command("create")
    .description("print a new token, and nothing else")
    .requiredOption("--user <name>", "whose token it is")
    .option("--project <name>", "it uploads only to this project; may be repeated", collect, [])
    .option("--index <name>", "it works only in this index; may be repeated", collect, [])
    .option("--read-only", "it may not upload")
    .option("--expires <time>", "for how long it works, such as 90d or 12h (for ever)")
    .option("--name <text>", "what it is called in lists (the date)");
  const load = takeSettings(command, "common", terminal);
  command.action(async (flags: CreateFlags) => {
    const { config } = load("other");
    const expires = flags.expires === undefined ? undefined : parseExpiry(flags.expires);
    await withAccounts(config, "token create", async ({ db, tokens, users }) => {
      const { findIndex, IndexNotFound } = await import("../indexes/index.ts");
      const { parseName } = await import("../packaging-standards/index.ts");
      const user = await users.getUserByName(flags.user);
      const indexIds = await Promise.all(
        flags.index.map(async (name) => {
          const index = await findIndex(db, name);
          if (!index) throw new IndexNotFound(name);
          return index.id;
        }),
      );
      const { token } = await tokens.createToken({
        userId: user.id,
        scope: flags.project.length > 0 ? { names: flags.project.map(parseName) } : "account",
        actions: flags.readOnly ? ["read"] : ["read", "upload"],
        ...(flags.name !== undefined && { description: flags.name }),
        ...(indexIds.length > 0 && { indexIds }),
        ...(expires && { expiresAt: Temporal.Now.instant().add(expires) }),
      });
      terminal.print(`${token}\n`);
    });
  });
}

function addList(token: Command, terminal: Terminal): void {
  const command = token
    .command("list")
    .description("list the tokens of an account")
    .requiredOption("--user <name>", "whose tokens");
  const load = takeSettings(command, "common", terminal);
  command.action(async (flags: { readonly user: string }) => {
    await withAccounts(load("other").config, "token list", async ({ tokens, users }) => {
      const user = await users.getUserByName(flags.user);
      const listed = await tokens.listTokens(user.id);
      const rows = listed.map(({ id, description, createdAt, expiresAt, lastUsedAt, revokedAt }) => [
        id,
        description,
        day(createdAt),
        expiresAt ? day(expiresAt) : "-",
        lastUsedAt ? day(lastUsedAt) : "-",
        revokedAt ? `revoked ${day(revokedAt)}` : "",
      ]);
      terminal.print(layOutRows([["ID", "NAME", "CREATED", "EXPIRES", "LAST USED", ""], ...rows]));
    });
  });
}

function addRevoke(token: Command, terminal: Terminal): void {
  const command = token
    .command("revoke")
    .description("make a token worthless at once")
    .argument("<id>", "from token list");
  const load = takeSettings(command, "common", terminal);
  command.action(async (id: string) => {
    await withAccounts(load("other").config, "token revoke", ({ tokens }) => tokens.revokeToken(id.toLowerCase()));
    terminal.print(`Token ${id} is revoked.\n`);
  });
}

/** The account services on the command's database. */
export async function withAccounts(
  config: Config,
  purpose: string,
  use: (services: AccountServices) => Promise<void>,
): Promise<void> {
  const log = createProcessLog("warn");
  await withDatabase({ config, log, purpose }, async (pool) => {
    const { createAccountServices } = await import("./accounts.ts");
    await use(await createAccountServices(pool, config, log));
  });
}

const collect = (text: string, others: readonly string[]): readonly string[] => [...others, text];

const day = (instant: Temporal.Instant): string => instant.toString().slice(0, "2026-01-01".length);

function parseExpiry(text: string): Temporal.Duration {
  try {
    return parseDuration(text);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    throw new ConfigurationMistakes([{ place: "--expires", sentence: `"${text}" ${error.message}` }]);
  }
}
