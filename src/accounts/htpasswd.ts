import { readFile, stat } from "node:fs/promises";
import type { Clock } from "../platform/clock/clock.ts";
import type { ServerSecret } from "../platform/crypto/secret.ts";
import { Problem } from "../platform/errors/problem.ts";
import type { Log } from "../platform/log/log.ts";
import { ExpiringCache } from "./expiring-cache.ts";
import { type HtpasswdFile, isHtpasswdPassword, parseHtpasswd } from "./htpasswd-lines.ts";

export interface Htpasswd {
  /** Whether the file has this name with this password. */
  isUser(name: string, password: string): Promise<boolean>;
}

/** At the start only: a file that goes missing later lets nobody in, and the log says so. */
export class HtpasswdUnreadable extends Problem {
  readonly status = 503;
  readonly code = "htpasswd_unreadable";
}

/** Milliseconds between two looks at whether the file changed. */
const LOOK_EVERY = 1_000;
const CACHE = { seconds: 60, capacity: 10_000 } as const;
const MAX_PASSWORD = 4_096;
/** Compared with when the name is unknown, so that a stranger cannot tell by the time it takes; nobody's password. */
const NOBODY = `$2y$10$${"x".repeat(21)}u${"x".repeat(31)}`;

/**
 * The users of an htpasswd file, read again when it changes. Outcomes are remembered for at most a minute, keyed by a
 * hash under the server's secret, because pip asks hundreds of times and bcrypt takes 50 ms. Throws HtpasswdUnreadable.
 */
export async function openHtpasswd({
  path,
  clock,
  secret,
  log,
}: {
  path: string;
  clock: Clock;
  secret: ServerSecret;
  log: Log;
}): Promise<Htpasswd> {
  const outcomes = new ExpiringCache<Promise<boolean>>({ clock, ...CACHE });
  let file: HtpasswdFile;
  let version: string;
  let lookedAt = clock.now().epochMilliseconds;
  let looking: Promise<void> | undefined;

  try {
    version = await versionOf(path);
    file = await read();
  } catch (cause) {
    throw new HtpasswdUnreadable(`The htpasswd file ${path} cannot be read`, { cause });
  }

  return {
    async isUser(name, password) {
      await lookAgain();
      if (password.length > MAX_PASSWORD) return false;
      const hash = file.hashes.get(name);
      // A changed line is another key; a removed one is not looked up.
      const key = secret.derive("htpasswd", `${name}:${hash}:${password}`).toString("base64");
      const known = outcomes.find(key);
      if (known !== undefined) return known;
      const outcome = isHtpasswdPassword(password, hash ?? NOBODY).then((isRight) => isRight && hash !== undefined);
      outcomes.store(key, outcome);
      return outcome;
    },
  };

  /** Requests that come together look together. */
  function lookAgain(): Promise<void> | undefined {
    const now = clock.now().epochMilliseconds;
    if (!looking && Math.abs(now - lookedAt) >= LOOK_EVERY) {
      lookedAt = now;
      looking = readIfChanged().finally(() => {
        looking = undefined;
      });
    }
    return looking;
  }

  async function readIfChanged(): Promise<void> {
    try {
      const found = await versionOf(path);
      if (found === version) return;
      file = await read();
      version = found;
    } catch (error) {
      if (version !== "") log.error({ file: path, err: error }, `${path} cannot be read: nobody in it can sign in`);
      file = { hashes: new Map(), complaints: [] };
      version = "";
    }
  }

  async function read(): Promise<HtpasswdFile> {
    const content = parseHtpasswd(await readFile(path, "utf8"));
    log.info({ file: path, users: content.hashes.size }, `${path} lets ${content.hashes.size} users in`);
    for (const { line, name, reason } of content.complaints) {
      log.warn({ file: path, line, name }, `line ${line} of ${path} (${name}) lets nobody in: ${reason}`);
    }
    return content;
  }
}

async function versionOf(path: string): Promise<string> {
  const { mtimeNs, ctimeNs, size, ino } = await stat(path, { bigint: true });
  return [mtimeNs, ctimeNs, size, ino].join(" ");
}
