import { withoutCredentials } from "./addresses.ts";
import { type RuleName, rules } from "./rules.ts";
import { describeSetting, type SettingName } from "./settings.ts";

/** Where a value can come from, strongest first. */
export const LAYERS = ["flag", "environment", "file", "stored"] as const;
export type LayerKind = (typeof LAYERS)[number];

/** One thing that is wrong: where it stands (`--port`, `CHEESESHOP_PORT`, `port in cheeseshop.toml`) and a sentence with an example. */
export interface Mistake {
  readonly place: string;
  readonly sentence: string;
}

/** Everything that is wrong with the configuration, at once. */
export class ConfigurationMistakes extends Error {
  readonly mistakes: readonly Mistake[];
  constructor(mistakes: readonly Mistake[]) {
    const what = mistakes.length === 1 ? "One setting is wrong" : `${mistakes.length} settings are wrong`;
    super([`${what}:`, ...mistakes.map(({ place, sentence }) => `  ${place}: ${sentence}`)].join("\n"));
    this.mistakes = mistakes;
  }
}

/** How someone writes a setting in one of the layers. */
export function placeOf(kind: LayerKind, name: string, file = "cheeseshop.toml"): string {
  switch (kind) {
    case "flag":
      return `--${name}`;
    case "environment":
      return environmentName(name);
    case "file":
      return `${name} in ${file}`;
    case "stored":
      return `${name} (cheeseshop set)`;
  }
}

export function environmentName(name: string): string {
  return `CHEESESHOP_${name.toUpperCase().replaceAll("-", "_")}`;
}

/** `Example: --port 8080`, as it is written in that layer. */
export function exampleOf(kind: LayerKind, name: SettingName | "rule" | "config", example: string): string {
  switch (kind) {
    case "flag":
      return `Example: --${name} ${example}`;
    case "environment":
      return `Example: ${environmentName(name)}=${example}`;
    case "file":
      return `Example: ${name} = "${example}"`;
    case "stored":
      return `Example: cheeseshop set ${name} ${example}`;
  }
}

export function settingExample(kind: LayerKind, name: SettingName): string {
  return exampleOf(kind, name, describeSetting(name).example);
}

export function ruleExample(kind: LayerKind, name: RuleName): string {
  return exampleOf(kind, "rule", `${name}=${rules[name].strict}`);
}

/** A database or upstream address without its password; other secrets say only that they are there. */
export function mask(name: SettingName, text: string): string {
  if (describeSetting(name).isSecret) return "(set, not shown)";
  if (name === "upstream") return text.includes(":") ? withoutCredentials(text) : text;
  if (name !== "database-url") return text;
  return text.replace(/(:\/\/[^/@]*?):.*@/, "$1:***@").replace(/([?&](?:password|sslpassword)=)[^&]*/g, "$1***");
}
