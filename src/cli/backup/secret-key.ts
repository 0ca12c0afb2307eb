import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { parseServerSecret } from "../../platform/crypto/secret.ts";
import { SECRET_KEY } from "./backup-folder.ts";
import { readIfThere, writeDurably } from "./durable.ts";
import { TargetNotEmpty } from "./errors.ts";

/** The key that tokens are derived from: given by a setting, or kept in a file. */
export interface KeyPlace {
  readonly given: string | undefined;
  /** The folder of the file `key`. */
  readonly folder: string;
}

const keyFile = ({ folder }: KeyPlace) => join(folder, "key");

/** Where the key of a backup is: with it, left out by wish, in a setting that the operator keeps, or nowhere yet. */
export type KeyInBackup = "included" | "left out" | "in a setting" | "none yet";

export interface SavedKey {
  readonly where: KeyInBackup;
  readonly fingerprint: string | null;
}

/** Puts the key file beside the rows, unless it is not wanted there. A key that comes from a setting is never written. */
export async function saveKey(
  place: KeyPlace,
  snapshot: string,
  isWanted: boolean,
  catalogue: string,
): Promise<SavedKey> {
  const text = place.given ?? (await readIfThere(keyFile(place)));
  if (text === undefined) return { where: "none yet", fingerprint: null };
  const fingerprint = fingerprintOf(
    text,
    place.given === undefined ? keyFile(place) : "CHEESESHOP_SECRET_KEY",
    catalogue,
  );
  if (place.given !== undefined) return { where: "in a setting", fingerprint };
  if (!isWanted) return { where: "left out", fingerprint };
  await writeDurably(join(snapshot, SECRET_KEY), text);
  return { where: "included", fingerprint };
}

/** Whether tokens and sessions of the backup work after the restore. */
export type KeyAfterRestore = "same" | "another" | "none was in use";

/** Throws TargetNotEmpty when the data folder has another key: overwriting it would kill what hangs on it. */
export async function refuseOtherKey(place: KeyPlace, snapshot: string): Promise<void> {
  if (place.given !== undefined) return;
  const [ours, theirs] = [await readIfThere(keyFile(place)), await readIfThere(join(snapshot, SECRET_KEY))];
  if (ours !== undefined && theirs !== undefined && ours.trim() !== theirs.trim()) {
    throw new TargetNotEmpty(
      `${keyFile(place)} is another key than the backup's: move it away, or give a data folder that is empty`,
    );
  }
}

/** Brings the backup's key into the data folder where no other is set. Throws SecretUnusable. */
export async function restoreKey(
  place: KeyPlace,
  snapshot: string,
  { keyFingerprint, catalogue }: { readonly keyFingerprint: string | null; readonly catalogue: string },
): Promise<KeyAfterRestore> {
  const theirs = await readIfThere(join(snapshot, SECRET_KEY));
  const ours = place.given ?? (await readIfThere(keyFile(place)));
  if (ours === undefined && theirs !== undefined) {
    await mkdir(place.folder, { recursive: true, mode: 0o700 });
    await writeDurably(keyFile(place), theirs);
  }
  if (keyFingerprint === null) return "none was in use";
  const used = ours ?? theirs;
  return used !== undefined && fingerprintOf(used, keyFile(place), catalogue) === keyFingerprint ? "same" : "another";
}

function fingerprintOf(text: string, where: string, catalogue: string): string {
  return parseServerSecret(text, where).derive("backup", catalogue).toString("hex");
}
