import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { askPip } from "../../src/platform/config/ask-pip.ts";
import { findPipIndex } from "../../src/platform/config/pip-index.ts";

/** The index that `--upstream pip` stands for; undefined where there is none. It may hold a password: nobody prints it. */
export function findUpstream(): string | undefined {
  const { env, platform } = process;
  return findPipIndex({ env, platform, home: homedir(), readText }) ?? askPip(env);
}

/** What leads to the outside on this machine, for clients and servers alike. */
export function surroundingsOf(env: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  const names = ["http_proxy", "https_proxy", "all_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR"];
  const known = names
    .flatMap((name) => [name, name.toUpperCase()])
    .flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
  // Servers of this machine are asked directly.
  const direct = [env["no_proxy"] ?? env["NO_PROXY"], "127.0.0.1"].filter(Boolean).join(",");
  return { ...Object.fromEntries(known), no_proxy: direct, NO_PROXY: direct };
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
