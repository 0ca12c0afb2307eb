// The table of settings: everything that can be configured, and nothing else is. A setting is read from its texts (what
// was written, one text or several) by one function, wherever they came from.
import { join } from "node:path";
import { parseBaseUrl, parseDatabaseUrl, parseHost, parseNetwork, parseUpstream } from "./addresses.ts";
import type { Camel } from "./camel.ts";
import { oneOf, parseDuration, parseSize, parseSwitch, wholeNumber } from "./quantities.ts";
import { PRESETS } from "./rules.ts";
import { Unfit } from "./unfit.ts";

/** What a default may depend on. */
export interface Surroundings {
  readonly data: string;
  readonly cores: number;
}

interface Description {
  /** The placeholder in `--help`; empty for an on/off setting. */
  readonly takes: string;
  /** One line of `--help`, without the default. */
  readonly about: string;
  readonly example: string;
  /** As written; a function where it depends on something, `fallbackInWords` then says on what. */
  readonly fallback?: string | ((around: Surroundings) => string);
  readonly fallbackInWords?: string;
  /** Never printed. `database-url` and `upstream` are printed, without their passwords. */
  readonly isSecret?: true;
  /** May not stand on a command line, where every user of the machine can read it. */
  readonly isNoFlag?: true;
  /** A file or folder: made absolute, from the working folder or the folder of the file it is written in. */
  readonly isPath?: true;
  /** A file that must be there when the server starts. */
  readonly isInput?: true;
  /** About the index, not this machine: `cheeseshop set` can keep it in the database. */
  readonly isStorable?: true;
}

export interface Setting<Value> extends Description {
  /** Throws Unfit. */
  readonly read: (texts: readonly string[]) => Value;
  readonly isList: boolean;
}

type Parse<Value> = (text: string) => Value;
type WithFallback = Description & { readonly fallback: string | ((around: Surroundings) => string) };

const always = <Value>(parse: Parse<Value>, description: WithFallback): Setting<Value> => ({
  ...description,
  isList: false,
  read: (texts) => parse(texts.at(-1) ?? ""),
});

const maybe = <Value>(parse: Parse<Value>, description: Description): Setting<Value | undefined> => ({
  ...description,
  isList: false,
  read: (texts) => (texts.length === 0 ? undefined : parse(texts.at(-1) ?? "")),
});

const list = <Value>(parse: Parse<Value>, description: Description): Setting<readonly Value[]> => ({
  ...description,
  isList: true,
  read: (texts) => texts.map(parse),
});

const flag = (description: Pick<Description, "about" | "isStorable">): Setting<boolean> =>
  always(parseSwitch, { ...description, takes: "", example: "on", fallback: "off" });

/** 32 bytes, as platform/crypto/secret.ts reads them. */
const SECRET = /^[0-9a-f]{64}$/i;

export const settings = {
  data: always(parsePath, {
    takes: "DIR",
    about: "folder for everything the server keeps",
    example: "/srv/cheeseshop",
    fallback: "./data",
    isPath: true,
  }),
  host: always(parseHost, {
    takes: "HOST",
    about: "address to listen on",
    example: "0.0.0.0",
    fallback: "127.0.0.1",
  }),
  port: always(wholeNumber(0, 65_535), {
    takes: "N",
    about: "port to listen on; 0 takes a free one",
    example: "8080",
    fallback: "8080",
  }),
  workers: always(wholeNumber(1, 64), {
    takes: "N",
    about: "processes that answer",
    example: "2",
    fallback: ({ cores }) => String(Math.max(1, Math.min(4, cores))),
    fallbackInWords: "one per core, at most 4",
  }),
  "database-url": maybe(parseDatabaseUrl, {
    takes: "URL",
    about: "a PostgreSQL 15+ of yours instead of the embedded one",
    example: "postgresql://cheeseshop:secret@db/cheeseshop",
  }),
  "secret-key": maybe(parseSecret, {
    takes: "TEXT",
    about: "the key that tokens are derived from",
    example: "64 hexadecimal digits, as openssl rand -hex 32 prints",
    isSecret: true,
    isNoFlag: true,
  }),
  files: always(parsePath, {
    takes: "DIR",
    about: "folder for uploaded files",
    example: "/srv/files",
    fallback: ({ data }) => join(data, "files"),
    fallbackInWords: "files in --data",
    isPath: true,
  }),
  "public-url": maybe(parseBaseUrl, {
    takes: "URL",
    about: "address that people use",
    example: "https://pypi.example.org/",
    isStorable: true,
  }),
  "files-url": maybe(parseBaseUrl, {
    takes: "URL",
    about: "address of files on simple pages, if elsewhere",
    example: "https://files.example.org/",
    isStorable: true,
  }),
  "upload-url": maybe(parseBaseUrl, {
    takes: "URL",
    about: "address that uploads go to, if elsewhere",
    example: "https://upload.example.org/legacy/",
    isStorable: true,
  }),
  private: flag({ about: "reading needs a token or a password", isStorable: true }),
  htpasswd: maybe(parsePath, {
    takes: "FILE",
    about: "users and passwords that may read and upload",
    example: "/etc/cheeseshop/htpasswd",
    isPath: true,
    isInput: true,
  }),
  preset: always(oneOf(...PRESETS), {
    takes: "NAME",
    about: "rules to start from: relaxed or strict",
    example: "strict",
    fallback: "relaxed",
    isStorable: true,
  }),
  upstream: maybe(parseUpstream, {
    takes: "URL",
    about: "index to fetch other packages from; pip: pip's own; off",
    example: "https://mirror.example.org/simple/",
    isStorable: true,
  }),
  offline: flag({ about: "ask no upstream; serve what is here", isStorable: true }),
  "mirror-fresh": always(parseDuration, {
    takes: "TIME",
    about: "how long an upstream's page is believed",
    example: "1h",
    fallback: "10m",
    isStorable: true,
  }),
  "mirror-cache": always(parseSize, {
    takes: "SIZE",
    about: "upstream files to keep, at most",
    example: "100GB",
    fallback: "20GB",
    isStorable: true,
  }),
  "min-free": always(parseSize, {
    takes: "SIZE",
    about: "uploads stop when the disk has less room",
    example: "256MB",
    fallback: "256MB",
    isStorable: true,
  }),
  "access-log": always(oneOf("none", "dynamic", "all"), {
    takes: "WHAT",
    about: "requests to log: none, dynamic or all",
    example: "all",
    fallback: "dynamic",
    isStorable: true,
  }),
  "log-level": always(oneOf("debug", "info", "warn", "error"), {
    takes: "LEVEL",
    about: "debug, info, warn or error",
    example: "debug",
    fallback: "info",
    isStorable: true,
  }),
  "tls-cert": maybe(parsePath, {
    takes: "FILE",
    about: "certificate chain in PEM, to serve https",
    example: "/etc/tls/fullchain.pem",
    isPath: true,
    isInput: true,
  }),
  "tls-key": maybe(parsePath, {
    takes: "FILE",
    about: "its private key in PEM",
    example: "/etc/tls/key.pem",
    isPath: true,
    isInput: true,
  }),
  "trusted-proxy": list(parseNetwork, {
    takes: "CIDR",
    about: "proxy whose X-Forwarded-* counts; may be repeated",
    example: "10.0.0.0/8",
    isStorable: true,
  }),
  nginx: flag({ about: "nginx is in front, as nginx-config prints it" }),
  "read-only": flag({ about: "answer 503 to everything that writes", isStorable: true }),
} as const;

export type SettingName = keyof typeof settings;
/** The settings as parsed: `config.publicUrl`. */
export type SettingValues = {
  readonly [Name in SettingName as Camel<Name>]: ReturnType<(typeof settings)[Name]["read"]>;
};

export function isSettingName(name: string): name is SettingName {
  return Object.hasOwn(settings, name);
}

export const settingNames: readonly SettingName[] = Object.keys(settings).filter(isSettingName);

/** The setting behind a name, without what its value is. */
export function describeSetting(name: SettingName): Setting<unknown> {
  return settings[name];
}

function parsePath(text: string): string {
  if (text.trim() === "" || text.includes("\0")) throw new Unfit("is not the name of a file or folder");
  return text;
}

function parseSecret(text: string): string {
  if (!SECRET.test(text.trim())) throw new Unfit("is not 64 hexadecimal digits");
  return text.trim();
}
