import { resolve as resolvePath } from "node:path";
import { isLoopback, parseUpstream, withoutCredentials } from "./addresses.ts";
import { camel } from "./camel.ts";
import type { Layer } from "./layers.ts";
import {
  ConfigurationMistakes,
  type LayerKind,
  type Mistake,
  mask,
  placeOf,
  ruleExample,
  settingExample,
} from "./mistakes.ts";
import { notYetInForce, type Preset, type RuleName, type Rules, ruleNames, rules } from "./rules.ts";
import { describeSetting, type SettingName, type SettingValues, settingNames } from "./settings.ts";
import { Unfit } from "./unfit.ts";

/** Everything that can be configured, parsed. Paths are absolute, sizes in bytes, base addresses end with a slash. */
export type Config = SettingValues & { readonly rules: Rules };

/** A configuration as texts: what one process sends to another, which parses it again by the same table. */
export interface ConfigTexts {
  readonly settings: Readonly<Record<string, readonly string[]>>;
  readonly rules: Readonly<Record<string, string>>;
}

export interface Entry {
  readonly name: SettingName | `rule ${RuleName}`;
  /** Null: not set, and without a default. Secrets are masked. */
  readonly shown: string | null;
  /** `--port`, `CHEESESHOP_PORT`, `port in cheeseshop.toml`, `default`, `preset strict`. */
  readonly origin: string;
}

export interface Resolution {
  readonly config: Config;
  readonly texts: ConfigTexts;
  /** Every setting and rule with where its value came from, in the order of the table. */
  readonly entries: readonly Entry[];
  readonly warnings: readonly string[];
}

export interface Machine {
  readonly cwd: string;
  readonly cores: number;
  /** Whether a file can be read; asked for files that the server needs at start. */
  readonly canRead?: (path: string) => boolean;
  /** The address that `--upstream pip` stands for; absent where nobody will ask that upstream. */
  readonly findPipIndex?: () => string | undefined;
}

interface Chosen {
  readonly texts: readonly string[];
  /** Absent for a default. */
  readonly from?: Layer;
}

/** Puts the layers on top of each other, strongest first, and parses. Throws ConfigurationMistakes with everything that is wrong. */
export function resolveConfiguration(layers: readonly Layer[], machine: Machine): Resolution {
  const mistakes: Mistake[] = layers.flatMap((layer) => layer.mistakes);
  const chosen = new Map(settingNames.map((name) => [name, chooseSetting(name, layers)]));
  const data = chosen.get("data")?.texts.at(-1) ?? resolvePath(machine.cwd, "./data");
  const values: Record<string, unknown> = {};
  const texts: Record<string, readonly string[]> = {};
  const entries: Entry[] = [];
  for (const [name, { texts: written, from }] of chosen) {
    const setting = describeSetting(name);
    const { fallback } = setting;
    const standard = typeof fallback === "function" ? fallback({ data, cores: machine.cores }) : fallback;
    const given = from
      ? written
      : standard === undefined
        ? []
        : [setting.isPath ? resolvePath(machine.cwd, standard) : standard];
    const value = attempt(
      () => setting.read(given),
      (problem) => {
        const kind = from?.kind ?? "flag";
        const quoted = setting.isSecret ? "the value" : `"${given.map((text) => mask(name, text)).join(", ")}"`;
        mistakes.push({
          place: placeOf(kind, name, from?.file),
          sentence: `${quoted} ${problem}. ${settingExample(kind, name)}`,
        });
      },
    );
    const missing = setting.isInput && typeof value === "string" && machine.canRead?.(value) === false;
    if (missing)
      mistakes.push({ place: placeOf(from?.kind ?? "flag", name, from?.file), sentence: `${value} cannot be read` });
    const isPip = name === "upstream" && value === "pip" && machine.findPipIndex !== undefined;
    values[camel(name)] = isPip
      ? resolvePip(machine.findPipIndex?.(), placeOf(from?.kind ?? "flag", name, from?.file), mistakes)
      : value;
    texts[name] = given;
    entries.push({
      name,
      shown: given.length === 0 ? null : given.map((text) => mask(name, text)).join(", "),
      origin: from ? placeOf(from.kind, name, from.file) : "default",
    });
  }
  const ruleTexts = resolveRules(
    values["preset"] === "strict" ? "strict" : "relaxed",
    layers,
    values,
    entries,
    mistakes,
  );
  checkTogether(values, mistakes);
  if (mistakes.length > 0) throw new ConfigurationMistakes(mistakes);
  const config = values as unknown as Config;
  return { config, texts: { settings: texts, rules: ruleTexts }, entries, warnings: listWarnings(config, ruleTexts) };
}

function chooseSetting(name: SettingName, layers: readonly Layer[]): Chosen {
  const from = layers.find((layer) => layer.settings.has(name));
  return from ? { texts: from.settings.get(name) ?? [], from } : { texts: [] };
}

function resolveRules(
  preset: Preset,
  layers: readonly Layer[],
  values: Record<string, unknown>,
  entries: Entry[],
  mistakes: Mistake[],
) {
  const texts: Record<string, string> = {};
  const parsed: Record<string, unknown> = {};
  for (const name of ruleNames) {
    const from = layers.find((layer) => layer.rules.has(name));
    const text = from?.rules.get(name) ?? rules[name][preset];
    const kind: LayerKind = from?.kind ?? "flag";
    parsed[camel(name)] = attempt(
      () => rules[name].parse(text),
      (problem) => {
        mistakes.push({
          place: `${placeOf(kind, "rule", from?.file)} ${name}`,
          sentence: `"${text}" ${problem}. ${ruleExample(kind, name)}`,
        });
      },
    );
    texts[name] = text;
    entries.push({
      name: `rule ${name}`,
      shown: text,
      origin: from ? placeOf(kind, "rule", from.file) : `preset ${preset}`,
    });
  }
  values["rules"] = parsed;
  return texts;
}

/** What pip is configured with, where that is an address that can be asked over HTTP. */
function resolvePip(index: string | undefined, place: string, mistakes: Mistake[]): string | undefined {
  if (index === undefined) {
    const sentence = "pip has no index-url configured here (PIP_INDEX_URL, pip.conf), and python3 -m pip names none";
    mistakes.push({ place, sentence: `${sentence}. ${settingExample("flag", "upstream")}` });
    return undefined;
  }
  try {
    const address = parseUpstream(index);
    if (address.includes(":")) return address;
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
  }
  const shown = withoutCredentials(index);
  mistakes.push({
    place,
    sentence: `pip's index-url, ${shown}, is not an address that begins with https:// or http://`,
  });
  return undefined;
}

/** Mistakes that no setting makes alone. */
function checkTogether(values: Readonly<Record<string, unknown>>, mistakes: Mistake[]): void {
  const [cert, key] = [values["tlsCert"], values["tlsKey"]];
  if (cert !== undefined && key === undefined) {
    mistakes.push({ place: "--tls-cert", sentence: `needs --tls-key beside it. ${settingExample("flag", "tls-key")}` });
  }
  if (key !== undefined && cert === undefined) {
    mistakes.push({
      place: "--tls-key",
      sentence: `needs --tls-cert beside it. ${settingExample("flag", "tls-cert")}`,
    });
  }
  if (values["databaseUrl"] !== undefined && values["secretKey"] === undefined) {
    mistakes.push({
      place: "--database-url",
      sentence: `needs a key that tokens are derived from, kept outside the database. ${settingExample("environment", "secret-key")}`,
    });
  }
}

function listWarnings({ host, publicUrl }: Config, ruleTexts: ConfigTexts["rules"]): readonly string[] {
  const warnings: string[] = [];
  const idle = notYetInForce.filter((name) => ruleTexts[name] !== rules[name].relaxed);
  if (idle.length > 0) warnings.push(`These rules are set but not in force yet: ${idle.join(", ")}.`);
  if (isLoopback(host) || publicUrl !== undefined) return warnings;
  return [
    ...warnings,
    `The server listens on ${host} but --public-url is not set: JSON pages and messages will name the address it listens on. ${settingExample("flag", "public-url")}`,
  ];
}

/** Parses what another process resolved. Throws ConfigurationMistakes when the two do not run the same version. */
export function configFromTexts(texts: ConfigTexts): Config {
  const layer: Layer = {
    kind: "flag",
    settings: new Map(settingNames.flatMap((name) => withTexts(name, texts.settings[name]))),
    rules: new Map(ruleNames.flatMap((name) => withTexts(name, texts.rules[name]))),
    mistakes: [],
  };
  return resolveConfiguration([layer], { cwd: "/", cores: 1 }).config;
}

function withTexts<Name, Texts extends { readonly length: number }>(
  name: Name,
  texts: Texts | undefined,
): [Name, Texts][] {
  return texts === undefined || texts.length === 0 ? [] : [[name, texts]];
}

function attempt(parse: () => unknown, refuse: (problem: string) => void): unknown {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    refuse(error.message);
    return undefined;
  }
}
