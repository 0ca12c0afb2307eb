// Macaroons with first-party caveats: a text that says what it allows and proves that it was issued here. Whoever holds
// one can append caveats offline, never remove them.
import { createHmac, timingSafeEqual } from "node:crypto";

export interface Macaroon {
  /** Where it was issued; informative, never verified. */
  readonly location: string;
  /** Which row of ours it belongs to. */
  readonly identifier: string;
  /** Conditions, all of which must hold; bytes, because anyone may append any. */
  readonly caveats: readonly Buffer[];
  /** HMAC-SHA256 over everything but the location: 32 bytes. */
  readonly signature: Buffer;
}

/** The constant that libmacaroons derives its keys with. */
const KEY_GENERATOR = "macaroons-key-generator";

export function issueMacaroon(
  rootKey: Buffer,
  { location, identifier, caveats }: { location: string; identifier: string; caveats: readonly string[] },
): Macaroon {
  const bare = { location, identifier, caveats: [], signature: sign(rootKey, identifier, []) };
  return caveats.reduce<Macaroon>(attenuate, bare);
}

/** The same macaroon with one condition more. Needs no key: that is the point of macaroons. */
export function attenuate(macaroon: Macaroon, caveat: string): Macaroon {
  const bytes = Buffer.from(caveat);
  return {
    ...macaroon,
    caveats: [...macaroon.caveats, bytes],
    signature: hmac(macaroon.signature, bytes),
  };
}

/** Whether this root key issued the macaroon and nothing but caveats was added since. Takes the same time either way. */
export function hasGoodSignature(macaroon: Macaroon, rootKey: Buffer): boolean {
  const expected = sign(rootKey, macaroon.identifier, macaroon.caveats);
  return macaroon.signature.length === expected.length && timingSafeEqual(macaroon.signature, expected);
}

function sign(rootKey: Buffer, identifier: string, caveats: readonly Buffer[]): Buffer {
  return caveats.reduce(hmac, hmac(hmac(KEY_GENERATOR, rootKey), identifier));
}

function hmac(key: string | Buffer, message: string | Buffer): Buffer {
  return createHmac("sha256", key).update(message).digest();
}
