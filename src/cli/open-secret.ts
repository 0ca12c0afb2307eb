import { join } from "node:path";
import type { Config } from "../platform/config/resolve.ts";
import { openServerSecret, parseServerSecret, type ServerSecret } from "../platform/crypto/secret.ts";

/** `CHEESESHOP_SECRET_KEY`, or the key in the data folder, made on first use. Throws SecretUnusable. */
export async function openSecret({ secretKey, data }: Pick<Config, "secretKey" | "data">): Promise<ServerSecret> {
  return secretKey === undefined
    ? openServerSecret(join(data, "secrets"))
    : parseServerSecret(secretKey, "CHEESESHOP_SECRET_KEY");
}
