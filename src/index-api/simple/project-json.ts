import { type Addresses, listedFiles, type ProjectPage, requiresPythonOf, yankOf } from "../../indexes/index.ts";
import { jsonTime } from "../json-time.ts";
import { metadataValue } from "../metadata-value.ts";
import { API_VERSION } from "./api-version.ts";

/**
 * The simple index's project page as JSON (PEP 691, 700, 714, 740, 792): keys in code-point order, compact, one newline at
 * the end. No key can look like an integer, so the order of insertion is the order of output.
 */
export function projectJson(page: ProjectPage, addresses: Addresses, index: string): Buffer {
  const releases = new Map(page.releases.map((release) => [release.version, release]));
  const files = listedFiles(page);
  const body = {
    files: files.map((file) => {
      const release = releases.get(file.version);
      const metadata = metadataValue(file);
      const yank = yankOf(file, release);
      return {
        "core-metadata": metadata,
        "data-dist-info-metadata": metadata,
        filename: file.filename,
        hashes: file.sha256 === null ? {} : { sha256: file.sha256 },
        provenance: file.upstream?.provenance ?? null,
        "requires-python": requiresPythonOf(file, release),
        ...(file.size !== null && { size: file.size }),
        ...(file.uploadedAt !== null && { "upload-time": jsonTime(file.uploadedAt) }),
        url: addresses.file(index, file),
        yanked: yank === undefined ? false : yank || true,
      };
    }),
    meta: { "_last-serial": page.serial, "api-version": API_VERSION },
    name: page.name,
    "project-status": { ...(page.statusReason && { reason: page.statusReason }), status: page.status },
    // A file of an upstream may have a name that tells no version.
    versions: [...new Set(files.map((file) => file.version))].filter((version) => version !== ""),
  };
  return Buffer.from(`${JSON.stringify(body)}\n`);
}
