import type { Bytes } from "./bytes.ts";
import { gunzipStart, isGzip } from "./gunzip.ts";
import { isTarBlock, TAR_BLOCK } from "./tar-header.ts";

/** Whether other tools would take the bytes for a tar: a valid first header, plain or gzip-compressed. */
export async function isTarStart(bytes: Bytes): Promise<boolean> {
  const start = await bytes.read(0, 8192);
  const plain = isGzip(start) ? gunzipStart(start) : start;
  return plain.length >= TAR_BLOCK && isTarBlock(plain.subarray(0, TAR_BLOCK));
}
