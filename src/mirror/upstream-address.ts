import { createHash } from "node:crypto";
import type { ListedFile } from "./upstream-page.ts";

const OWN_SHAPE = /\/([0-9a-f]{2})\/([0-9a-f]{2})\/([0-9a-f]{60})\/[^/]+$/;

/**
 * The 64 hex digits of an upstream file's address here. Those of its address there where it has the shape of ours, so that lock
 * files made with either index fit the other; else its SHA-256, else that of its address.
 */
export function upstreamAddress(file: Pick<ListedFile, "url" | "hashes">): string {
  const [, first, second, rest] = OWN_SHAPE.exec(URL.parse(file.url)?.pathname ?? "") ?? [];
  return first !== undefined ? `${first}${second}${rest}` : digestAddress(file, file.url);
}

/** The address of other bytes than those that `upstreamAddress` stands for already. */
export function addressOfOtherBytes(file: Pick<ListedFile, "url" | "hashes">): string {
  return digestAddress(file, `${file.url}#${JSON.stringify(Object.entries(file.hashes).sort())}`);
}

function digestAddress({ hashes }: Pick<ListedFile, "hashes">, otherwise: string): string {
  return hashes["sha256"] ?? createHash("sha256").update(otherwise).digest("hex");
}
