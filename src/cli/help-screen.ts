import { describeSetting, type SettingName, settingNames } from "../platform/config/settings.ts";

const COMMANDS: readonly (readonly [string, string])[] = [
  ["serve", "answer requests; also without any command"],
  ["token, user create|list…", "tokens for uploading and reading; accounts"],
  ["index create|list|claim…", "more indexes; names that no upstream is asked for"],
  ["project, release, file…", "yank, archive, quarantine or delete what was uploaded"],
  ["mirror warm", "fetch ahead what a requirements or lock file names"],
  ["config, set NAME VALUE", "print every setting and its origin; keep one in the database"],
  ["check FILES...", "try the upload rules on distributions, without a server"],
  ["jobs, jobs retry", "what was left for later and what failed; try that again"],
  ["migrate, fsck", "bring the database up to date; compare rows and files"],
  ["nginx-config", "print a configuration for an nginx in front"],
  ["backup DIR, restore DIR", "copy everything out, and back in"],
];

const row = (left: string, right: string, width: number) => `  ${left.padEnd(width)} ${right}`;

/** `cheeseshop --help`: all of it on one screen of 40 lines. */
export function helpScreen(): string {
  const flags = settingNames.filter((name) => !describeSetting(name).isNoFlag);
  return [
    "Usage: cheeseshop [COMMAND] [FLAGS]     cheeseshop COMMAND --help",
    ...COMMANDS.map(([words, about]) => row(words, about, 25)),
    "Flags of serve; each is also CHEESESHOP_NAME and a key of cheeseshop.toml:",
    ...flags.map((name) => row(usage(name), describe(name), 20)),
    row("--rule NAME=VALUE", "one rule instead of the preset's; may be repeated", 20),
    row("--config FILE", "the file to read (./cheeseshop.toml)", 20),
    "Example: cheeseshop --data /srv/index --private --public-url https://pypi.example.org/",
    "",
  ].join("\n");
}

function usage(name: SettingName): string {
  const { takes } = describeSetting(name);
  return takes ? `--${name} ${takes}` : `--${name}`;
}

function describe(name: SettingName): string {
  const { about, fallback, fallbackInWords, takes } = describeSetting(name);
  const standard = fallbackInWords ?? (takes && typeof fallback === "string" ? fallback : undefined);
  return standard ? `${about} (${standard})` : about;
}
