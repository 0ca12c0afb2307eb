import type { Command } from "commander";
import { ConfigurationMistakes } from "../platform/config/mistakes.ts";
import { takeSettings } from "./setting-flags.ts";
import { layOutRows } from "./table.ts";
import type { Terminal } from "./terminal.ts";
import { withAccounts } from "./token.ts";

interface CreateFlags {
  readonly email: string;
  readonly passwordStdin?: true;
  readonly verified?: true;
  readonly staff?: true;
}

/** `cheeseshop user …`: accounts. */
export function addUser(program: Command, terminal: Terminal): void {
  const user = program.command("user").description("accounts");
  addCreate(user, terminal);
  addList(user, terminal);
}

function addCreate(user: Command, terminal: Terminal): void {
  const command = user
    .command("create")
    .description("make an account")
    .argument("<name>")
    .requiredOption("--email <address>")
    .option("--password-stdin", "read the password from standard input; without it the account has none")
    .option("--verified", "the address counts as verified")
    .option("--staff", "may use what is for staff");
  const load = takeSettings(command, "common", terminal);
  command.action(async (username: string, flags: CreateFlags) => {
    const { config } = load("other");
    const password = flags.passwordStdin ? readPassword(await terminal.readStdin()) : undefined;
    await withAccounts(config, "user create", async ({ users }) => {
      await users.createUser({
        username,
        email: flags.email,
        isVerified: flags.verified ?? false,
        isStaff: flags.staff ?? false,
        ...(password !== undefined && { password }),
      });
    });
    terminal.print(`Made the account ${username}.\n`);
  });
}

function addList(user: Command, terminal: Terminal): void {
  const command = user.command("list").description("list the accounts");
  const load = takeSettings(command, "common", terminal);
  command.action(async () => {
    const { listUsers } = await import("./queries.ts");
    await withAccounts(load("other").config, "user list", async ({ db }) => {
      const rows = (await listUsers(db)).map(({ username, email, isStaff, isVerified, isActive }) => [
        username,
        email ?? "-",
        [isVerified && "verified", isStaff && "staff", !isActive && "disabled"].filter(Boolean).join(", "),
      ]);
      terminal.print(layOutRows([["NAME", "E-MAIL", ""], ...rows]));
    });
  });
}

/** One line: a newline at its end is the shell's, not the password's. */
function readPassword(text: string): string {
  const password = text.replace(/\r?\n$/, "");
  if (password !== "" && !/[\r\n]/.test(password)) return password;
  throw new ConfigurationMistakes([
    {
      place: "--password-stdin",
      sentence: 'needs one line on standard input. Example: echo "$PASSWORD" | cheeseshop user create …',
    },
  ]);
}
