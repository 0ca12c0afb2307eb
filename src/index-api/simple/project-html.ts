import { type Addresses, listedFiles, type ProjectPage } from "../../indexes/index.ts";
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
    const requires = release?.requiresPython;
    let line = `<a href="${escapeHtml(addresses.file(index, file))}#sha256=${file.sha256}" `;
    if (requires) line += `data-requires-python="${escapeHtml(requires)}" `;
    if (release?.isYanked) line += `data-yanked="${escapeHtml(release.yankedReason)}" `;
    if (file.metadataSha256 !== null) {
      line += `data-dist-info-metadata="sha256=${file.metadataSha256}" data-core-metadata="sha256=${file.metadataSha256}"`;
    }
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
