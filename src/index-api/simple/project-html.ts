import {
  type Addresses,
  type FileEntry,
  listedFiles,
  type ProjectPage,
  requiresPythonOf,
  yankOf,
} from "../../indexes/index.ts";
import { API_VERSION } from "./api-version.ts";
import { escapeHtml } from "./escape-html.ts";

/**
 * The simple index's project page as HTML (PEP 503, 592, 658, 714, 792), frozen by PEP 833: these bytes, white space
 * included, are what the reference sends.
 */
export function projectHtml(page: ProjectPage, addresses: Addresses, index: string): Buffer {
  const releases = new Map(page.releases.map((release) => [release.version, release]));
  const lines = listedFiles(page).map((file) => {
    const release = releases.get(file.version);
    const requires = requiresPythonOf(file, release);
    const yank = yankOf(file, release);
    const fragment = file.sha256 === null ? "" : `#sha256=${file.sha256}`;
    let line = `<a href="${escapeHtml(addresses.file(index, file))}${fragment}" `;
    if (requires !== null) line += `data-requires-python="${escapeHtml(requires)}" `;
    if (yank !== undefined) line += `data-yanked="${escapeHtml(yank)}" `;
    const metadata = metadataMark(file);
    if (metadata !== undefined) line += `data-dist-info-metadata="${metadata}" data-core-metadata="${metadata}"`;
    const provenance = file.upstream?.provenance;
    if (provenance) line += ` data-provenance="${escapeHtml(provenance)}"`;
    return `${line}>${escapeHtml(file.filename)}</a><br />\n`;
  });
  return Buffer.from(`<!DOCTYPE html>
<html lang="en">
  <head>
    <meta name="pypi:repository-version" content="${API_VERSION}">
<meta name="pypi:project-status" content="${page.status}">    <title>Links for ${page.name}</title>
  </head>
  <body>
    <h1>Links for ${page.name}</h1>
${lines.join("")}</body>
</html>
<!--SERIAL ${page.serial}-->`);
}

/** PEP 714: the digest of the metadata sibling, `true` where only its presence is known. */
function metadataMark(file: FileEntry): string | undefined {
  if (file.metadataSha256 !== null) return `sha256=${file.metadataSha256}`;
  return file.upstream?.hasMetadata ? "true" : undefined;
}
