import { describe, expect, test } from "vitest";
import { readConfigFile, readEnvironment, readFlags, readStored } from "./layers.ts";
import { ConfigurationMistakes } from "./mistakes.ts";
import { configFromTexts, type Resolution, resolveConfiguration } from "./resolve.ts";

const KEY = "0f".repeat(32);

interface Given {
  readonly flags?: Readonly<Record<string, readonly (string | true)[]>>;
  readonly unknown?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly toml?: string;
  readonly stored?: Readonly<Record<string, readonly string[]>>;
}

function resolve({ flags = {}, unknown = [], env = {}, toml = "", stored = {} }: Given): Resolution {
  const layers = [
    readFlags(new Map(Object.entries(flags)), unknown, "/work"),
    readEnvironment(env, "/work"),
    readConfigFile("/etc/cheeseshop.toml", toml, "/etc/cheeseshop.toml"),
    readStored(new Map(Object.entries(stored))),
  ];
  return resolveConfiguration(layers, { cwd: "/work", cores: 16, canRead: (path) => !path.includes("missing") });
}

function mistakesOf(given: Given): string[] {
  try {
    resolve(given);
  } catch (error) {
    if (error instanceof ConfigurationMistakes)
      return error.mistakes.map(({ place, sentence }) => `${place}: ${sentence}`);
    throw error;
  }
  return [];
}

const originOf = ({ entries }: Resolution, name: string) => entries.find((entry) => entry.name === name)?.origin;

describe("the strongest layer decides: flag, environment, file, stored, default", () => {
  const all = {
    flags: { "min-free": ["1MB"] },
    env: { CHEESESHOP_MIN_FREE: "2MB" },
    toml: 'min-free = "3MB"',
    stored: { "min-free": ["4MB"] },
  };
  const { flags: _, ...withoutFlags } = all;
  const { env: __, ...withoutEnvironment } = withoutFlags;
  const { toml: ___, ...withoutFile } = withoutEnvironment;
  test.each([
    ["--min-free", all, 1_000_000],
    ["CHEESESHOP_MIN_FREE", withoutFlags, 2_000_000],
    ["min-free in /etc/cheeseshop.toml", withoutEnvironment, 3_000_000],
    ["min-free (cheeseshop set)", withoutFile, 4_000_000],
    ["default", {}, 256_000_000],
  ])("%s", (origin, given, bytes) => {
    const resolution = resolve(given);
    expect(resolution.config.minFree).toBe(bytes);
    expect(originOf(resolution, "min-free")).toBe(origin);
  });

  test("an empty variable counts as not there", () => {
    expect(resolve({ env: { CHEESESHOP_MIN_FREE: " " } }).config.minFree).toBe(256_000_000);
  });

  test("a switch can be turned off again by a stronger layer", () => {
    expect(resolve({ env: { CHEESESHOP_PRIVATE: "1" } }).config.private).toBe(true);
    expect(resolve({ env: { CHEESESHOP_PRIVATE: "1" }, flags: { private: ["off"] } }).config.private).toBe(false);
    expect(resolve({ flags: { private: [true] } }).config.private).toBe(true);
  });

  test("the last of a flag given twice counts, a list takes all", () => {
    const { config } = resolve({ flags: { port: ["1", "2"], "trusted-proxy": ["10.0.0.0/8", "::1"] } });
    expect(config.port).toBe(2);
    expect(config.trustedProxy).toEqual(["10.0.0.0/8", "::1"]);
    expect(resolve({ env: { CHEESESHOP_TRUSTED_PROXY: "10.0.0.0/8, ::1" } }).config.trustedProxy).toHaveLength(2);
  });
});

describe("defaults", () => {
  test("there is one worker per core, at most four", () => expect(resolve({}).config.workers).toBe(4));
  test("files lie in the data folder", () => {
    expect(resolve({}).config.files).toBe("/work/data/files");
    expect(resolve({ flags: { data: ["/srv/x"] } }).config.files).toBe("/srv/x/files");
  });
});

test("paths count from the working folder, in a file from the file's folder", () => {
  expect(resolve({ env: { CHEESESHOP_DATA: "d" } }).config.data).toBe("/work/d");
  expect(resolve({ toml: 'data = "d"' }).config.data).toBe("/etc/d");
});

describe("rules", () => {
  test("start from a preset", () => {
    expect(resolve({}).config.rules).toMatchObject({
      fileLimit: 2 * 1024 ** 3,
      projectLimit: null,
      localVersions: true,
      uploadWindow: null,
    });
    const { rules } = resolve({ flags: { preset: ["strict"] } }).config;
    expect(rules).toMatchObject({
      fileLimit: 100 * 1024 ** 2,
      registration: "open",
      upstreamNames: "allow",
      upload2fa: true,
    });
    expect(rules.uploadWindow?.total("days")).toBe(14);
  });

  test("are each taken from the strongest layer that names them", () => {
    const resolution = resolve({
      flags: { rule: ["file-limit=1GiB"] },
      env: { CHEESESHOP_RULE: "file-limit=3GiB,upload-window=7" },
      toml: '[rule]\nlocal-versions = false\nupload-window = "off"',
      stored: { "rule.project-limit": ["5GB"] },
    });
    const { fileLimit, uploadWindow, localVersions, projectLimit } = resolution.config.rules;
    expect([fileLimit, uploadWindow?.hours, localVersions, projectLimit]).toEqual([
      1024 ** 3,
      168,
      false,
      5_000_000_000,
    ]);
    expect(originOf(resolution, "rule upload-window")).toBe("CHEESESHOP_RULE");
    expect(originOf(resolution, "rule project-limit")).toBe("rule (cheeseshop set)");
    expect(originOf(resolution, "rule registration")).toBe("preset relaxed");
  });

  test("may be a list in a file", () => {
    expect(resolve({ toml: 'rule = ["file-limit=1kB"]' }).config.rules.fileLimit).toBe(1000);
  });
});

test("every mistake of every layer is reported at once, with an example in that layer's own spelling", () => {
  expect(
    mistakesOf({
      flags: { port: ["eighty"], host: [true], rule: ["file-limt=1GB", "min-age=young"], "tls-cert": ["/missing.pem"] },
      unknown: ["--publc-url", "https://x/", "--secret-key"],
      env: { CHEESESHOP_MIN_FREE: "lots", CHEESESHOP_PRIVAT: "1", CHEESESHOP_SOMETHING_ELSE: "1" },
      toml: 'privat = true\ntrusted-proxy = ["proxy"]\nhtpasswd = { a = 1 }',
      stored: { "access-log": ["everything"] },
    }),
  ).toEqual([
    "--publc-url: is not a flag; did you mean --public-url?",
    "https://x/: was not expected here. cheeseshop --help lists commands and flags",
    "--secret-key: may not stand on a command line, where others can read it. Example: CHEESESHOP_SECRET_KEY=64 hexadecimal digits, as openssl rand -hex 32 prints",
    "--host: needs a value. Example: --host 0.0.0.0",
    '--rule: "file-limt" is not a rule; did you mean file-limit?',
    "CHEESESHOP_PRIVAT: is not a setting; did you mean CHEESESHOP_PRIVATE?",
    "privat in /etc/cheeseshop.toml: is not a setting; did you mean private?",
    'htpasswd in /etc/cheeseshop.toml: has a value of the wrong kind. Example: htpasswd = "/etc/cheeseshop/htpasswd"',
    '--port: "eighty" is not a number from 0 to 65535. Example: --port 8080',
    'CHEESESHOP_MIN_FREE: "lots" is not a size such as 256MB or 2GiB. Example: CHEESESHOP_MIN_FREE=256MB',
    'access-log (cheeseshop set): "everything" is not one of none, dynamic, all. Example: cheeseshop set access-log all',
    "--tls-cert: /missing.pem cannot be read",
    'trusted-proxy in /etc/cheeseshop.toml: "proxy" is not a network such as 10.0.0.0/8 or an address such as 10.1.2.3. Example: trusted-proxy = "10.0.0.0/8"',
    '--rule min-age: "young" is not a length of time such as 90d, 12h or 30m, or off. Example: --rule min-age=off',
    "--tls-cert: needs --tls-key beside it. Example: --tls-key /etc/tls/key.pem",
  ]);
});

test("a file that is not TOML says on which line", () => {
  expect(mistakesOf({ toml: "port = = 1" })[0]).toMatch(/^\/etc\/cheeseshop.toml: is not TOML: .+/);
});

test("a database of one's own needs the secret key beside it", () => {
  const flags = { "database-url": ["postgresql://u:hunter2@db/x"] };
  expect(mistakesOf({ flags })[0]).toMatch(/^--database-url: needs a key .* CHEESESHOP_SECRET_KEY=/);
  expect(mistakesOf({ flags, env: { CHEESESHOP_SECRET_KEY: "short" } })).toContainEqual(
    expect.stringMatching(/^CHEESESHOP_SECRET_KEY: the value is not 64 hexadecimal digits/),
  );
  expect(resolve({ flags, env: { CHEESESHOP_SECRET_KEY: KEY } }).config.secretKey).toBe(KEY);
});

describe("secrets are never shown", () => {
  const env = { CHEESESHOP_SECRET_KEY: KEY };
  test.each([
    ["postgresql://u:hunter2@db/x", "postgresql://u:***@db/x"],
    ["postgresql://:hunter2@db/x", "postgresql://:***@db/x"],
    [
      "postgresql://db/x?user=u&password=hunter2&sslmode=require",
      "postgresql://db/x?user=u&password=***&sslmode=require",
    ],
  ])("%s is printed as %s", (url, shown) => {
    const { entries } = resolve({ flags: { "database-url": [url] }, env });
    expect(entries.find(({ name }) => name === "database-url")?.shown).toBe(shown);
    expect(JSON.stringify(entries)).not.toContain(KEY);
  });

  test("in mistakes neither", () => {
    const mistakes = mistakesOf({
      flags: { "database-url": ["mysql://u:hunter2@db/x"] },
      env: { CHEESESHOP_SECRET_KEY: "hunter2" },
    });
    expect(mistakes).toHaveLength(2);
    expect(mistakes.join()).not.toContain("hunter2");
    const [unreadable] = mistakesOf({ flags: { "database-url": ["postgresql://u:hun/t@r2@db/x"] } });
    expect(unreadable).toContain('"postgresql://u:***@db/x" is not an address');
  });
});

test.each([
  ["0.0.0.0", {}, 1],
  ["0.0.0.0", { "public-url": ["https://pypi.example.org"] }, 0],
  ["127.0.0.1", {}, 0],
  ["localhost", {}, 0],
])("a host others can reach (%s) wants a public address beside it: %j", (host, more, warnings) => {
  expect(resolve({ flags: { host: [host], ...more } }).warnings).toHaveLength(warnings);
});

test("another process reads the same configuration from its texts", () => {
  const { config, texts } = resolve({
    flags: { private: [true], rule: ["min-age=3d"], "trusted-proxy": ["10.0.0.0/8"] },
    env: { CHEESESHOP_SECRET_KEY: KEY },
  });
  expect(configFromTexts(JSON.parse(JSON.stringify(texts)))).toEqual(config);
});

test("rules that are set and do nothing yet are named", () => {
  expect(resolve({ flags: { rule: ["upload-2fa=on", "upload-window=3"] } }).warnings).toEqual([
    "These rules are set but not in force yet: upload-2fa.",
  ]);
  expect(resolve({ flags: { preset: ["strict"] } }).warnings[0]).toContain("prohibited-names, creation-limits");
  expect(resolve({}).warnings).toEqual([]);
});

describe("an upstream", () => {
  const upstream = (text: string) => ({ flags: { upstream: [text] } });
  test.each([
    ["https://index.example/simple", "https://index.example/simple/"],
    ["http://ada:secret@index.example/simple/", "http://ada:secret@index.example/simple/"],
    ["off", "off"],
    // What pip says is asked for only by a server that starts.
    ["pip", "pip"],
  ])("%s", (text, value) => expect(resolve(upstream(text)).config.upstream).toBe(value));

  test("is printed without its user and password, also when it is wrong", () => {
    const right = resolve(upstream("https://ada:secret@index.example/simple/")).entries.find(
      ({ name }) => name === "upstream",
    );
    expect(right?.shown).toBe("https://index.example/simple/");
    const [wrong] = mistakesOf(upstream("https://ada:secret@index.example/simple/?q=1"));
    expect(wrong).toMatch(/^--upstream: "https:\/\/index.example\/simple\/" has a query/);
    expect(mistakesOf(upstream("ftp://ada:secret@index.example/")).join()).not.toContain("secret");
  });

  test.each<[string | undefined, string | RegExp]>([
    ["https://ada:secret@mirror.example/simple", "https://ada:secret@mirror.example/simple/"],
    [undefined, /^--upstream: pip has no index-url configured here .* Example: --upstream https:/],
    ["file:///srv/ada:secret@wheels", /^--upstream: pip's index-url, .*, is not an address/],
    ["pip", /is not an address/],
  ])("of pip, which has %s", (configured, expected) => {
    const layer = readFlags(new Map([["upstream", ["pip"]]]), [], "/work");
    const machine = { cwd: "/work", cores: 1, findPipIndex: () => configured };
    let said: string | undefined;
    try {
      said = resolveConfiguration([layer], machine).config.upstream;
    } catch (error) {
      if (!(error instanceof ConfigurationMistakes)) throw error;
      said = error.mistakes.map(({ place, sentence }) => `${place}: ${sentence}`).join("\n");
    }
    if (typeof expected === "string") expect(said).toBe(expected);
    else expect(said).toMatch(expected);
  });
});
