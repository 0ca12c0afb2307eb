import { dirname, resolve } from "node:path";
import { parse } from "smol-toml";
import { environmentName, exampleOf, type LayerKind, type Mistake, placeOf, settingExample } from "./mistakes.ts";
import { isRuleName, type RuleName, ruleNames } from "./rules.ts";
import { describeSetting, isSettingName, type SettingName, settingNames } from "./settings.ts";
import { suggest } from "./suggest.ts";

/** What was written in one place; nothing is parsed yet but the names. */
export interface Layer {
  readonly kind: LayerKind;
  /** The name of the file, for `file`. */
  readonly file?: string;
  readonly settings: ReadonlyMap<SettingName, readonly string[]>;
  readonly rules: ReadonlyMap<RuleName, string>;
  readonly mistakes: readonly Mistake[];
}

/** Flags as a command collected them: name without dashes, with every text it was given. `true` where the value is missing. */
export type Flags = ReadonlyMap<string, readonly (string | true)[]>;

/** Names that are no settings but are written like them. */
const OTHER_NAMES = ["rule", "config"];

export function readFlags(flags: Flags, unknown: readonly string[], cwd: string): Layer {
  const layer = new Writer("flag", cwd);
  for (const word of unknown) layer.refuse(word, describeUnknownWord(word));
  for (const [name, given] of flags) {
    if (name === "config") continue;
    const isSwitch = isSettingName(name) && describeSetting(name).takes === "";
    if (!isSwitch && given.includes(true)) layer.refuse(`--${name}`, `needs a value. ${layer.example(name)}`);
    else
      layer.write(
        name,
        given.map((text) => (text === true ? "on" : text)),
      );
  }
  return layer.done();
}

function describeUnknownWord(word: string): string {
  if (!word.startsWith("-")) return "was not expected here. cheeseshop --help lists commands and flags";
  const written = word.replace(/^-+/, "").replace(/=.*/, "");
  const known = [...settingNames.filter((name) => !describeSetting(name).isNoFlag), ...OTHER_NAMES, "help", "version"];
  const near = suggest(written, known);
  if (isSettingName(written)) {
    return `may not stand on a command line, where others can read it. ${settingExample("environment", written)}`;
  }
  return `is not a flag${near ? `; did you mean --${near}?` : ". cheeseshop --help lists them all"}`;
}

/** Variables that begin with `CHEESESHOP_`. An empty one counts as not there; an unknown one matters only when it looks like a slip. */
export function readEnvironment(env: Readonly<Record<string, string | undefined>>, cwd: string): Layer {
  const layer = new Writer("environment", cwd);
  for (const [variable, text] of Object.entries(env)) {
    if (!variable.startsWith("CHEESESHOP_") || !text?.trim()) continue;
    const name = variable.slice("CHEESESHOP_".length).toLowerCase().replaceAll("_", "-");
    if (name === "config") continue;
    if (name === "rule" || isSettingName(name)) {
      const isList = name === "rule" || describeSetting(name).isList;
      layer.write(name, isList ? text.split(/[\s,]+/).filter(Boolean) : [text]);
      continue;
    }
    const near = suggest(name, [...settingNames, ...OTHER_NAMES]);
    if (near) layer.refuse(variable, `is not a setting; did you mean ${environmentName(near)}?`);
  }
  return layer.done();
}

/** A `cheeseshop.toml`. Relative paths count from its folder. `path` is absolute, `shown` is how messages call it. */
export function readConfigFile(path: string, text: string, shown: string): Layer {
  const layer = new Writer("file", dirname(path), shown);
  let table: Readonly<Record<string, unknown>>;
  try {
    table = parse(text);
  } catch (error) {
    layer.refuse(shown, `is not TOML: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    return layer.done();
  }
  for (const [name, value] of Object.entries(table)) {
    const texts = textsOf(name, value);
    if (texts) layer.write(name, texts);
    else layer.refuse(layer.place(name), `has a value of the wrong kind. ${layer.example(name)}`);
  }
  return layer.done();
}

function textsOf(name: string, value: unknown): readonly string[] | undefined {
  if (name === "rule" && typeof value === "object" && value !== null && !Array.isArray(value)) {
    return Object.entries(value).map(([rule, text]) => `${rule}=${textOf(text) ?? ""}`);
  }
  if (Array.isArray(value) && (name === "rule" || (isSettingName(name) && describeSetting(name).isList))) {
    const texts = value.map(textOf).filter((text) => text !== undefined);
    return texts.length === value.length ? texts : undefined;
  }
  const text = textOf(value);
  return text === undefined ? undefined : [text];
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "boolean") return value ? "on" : "off";
  return typeof value === "string" || typeof value === "number" || typeof value === "bigint"
    ? String(value)
    : undefined;
}

/** What `cheeseshop set` keeps in the database: setting name, or `rule.NAME`, and its text or texts. */
export function readStored(stored: ReadonlyMap<string, readonly string[]>): Layer {
  const layer = new Writer("stored", "/");
  for (const [name, texts] of stored) {
    if (name.startsWith("rule."))
      layer.write(
        "rule",
        texts.map((text) => `${name.slice("rule.".length)}=${text}`),
      );
    else layer.write(name, texts);
  }
  return layer.done();
}

/** Sorts what was written into settings, rules and mistakes. */
class Writer {
  readonly #settings = new Map<SettingName, readonly string[]>();
  readonly #rules = new Map<RuleName, string>();
  readonly #mistakes: Mistake[] = [];
  readonly #kind: LayerKind;
  readonly #folder: string;
  readonly #file: string | undefined;

  constructor(kind: LayerKind, folder: string, file?: string) {
    this.#kind = kind;
    this.#folder = folder;
    this.#file = file;
  }

  write(name: string, texts: readonly string[]): void {
    if (name === "rule") for (const text of texts) this.#writeRule(text);
    else if (isSettingName(name)) {
      const { isPath } = describeSetting(name);
      this.#settings.set(name, isPath ? texts.map((text) => (text.trim() ? resolve(this.#folder, text) : "")) : texts);
    } else {
      const near = suggest(name, [...settingNames, ...OTHER_NAMES]);
      this.refuse(this.place(name), `is not a setting${near ? `; did you mean ${near}?` : ""}`);
    }
  }

  #writeRule(text: string): void {
    const [name = "", ...value] = text.split("=");
    const place = this.place("rule");
    if (isRuleName(name.trim()) && value.length > 0) this.#rules.set(name.trim() as RuleName, value.join("=").trim());
    else if (isRuleName(name.trim())) this.refuse(place, `"${text}" has no value. ${this.example("rule")}`);
    else {
      const near = suggest(name.trim(), ruleNames);
      this.refuse(
        place,
        `"${name}" is not a rule; ${near ? `did you mean ${near}?` : `there are ${ruleNames.join(", ")}`}`,
      );
    }
  }

  refuse(place: string, sentence: string): void {
    this.#mistakes.push({ place, sentence });
  }

  place(name: string): string {
    return placeOf(this.#kind, name, this.#file);
  }

  example(name: string): string {
    if (isSettingName(name)) return settingExample(this.#kind, name);
    return name === "config"
      ? exampleOf(this.#kind, "config", "/etc/cheeseshop.toml")
      : exampleOf(this.#kind, "rule", "file-limit=1GiB");
  }

  done(): Layer {
    return {
      kind: this.#kind,
      ...(this.#file && { file: this.#file }),
      settings: this.#settings,
      rules: this.#rules,
      mistakes: this.#mistakes,
    };
  }
}
