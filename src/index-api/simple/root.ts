import type { Addresses, ProjectLine } from "../../indexes/index.ts";
import { API_VERSION } from "./api-version.ts";
import { escapeHtml } from "./escape-html.ts";

/** The list of all projects as JSON (PEP 691): display names, each with its last serial. `serial` is the index's own. */
export function rootJson(projects: readonly ProjectLine[], serial: number): Buffer {
  const body = {
    meta: { "_last-serial": serial, "api-version": API_VERSION },
    projects: projects.map((project) => ({ "_last-serial": project.serial, name: project.name })),
  };
  return Buffer.from(`${JSON.stringify(body)}\n`);
}

/** The same as HTML (PEP 503), frozen like the project page. */
export function rootHtml(projects: readonly ProjectLine[], addresses: Addresses, index: string): Buffer {
  const lines = projects.map(
    (project) => `<a href="${addresses.simple(index, project.normalizedName)}">${escapeHtml(project.name)}</a>\n`,
  );
  return Buffer.from(`<!DOCTYPE html>
<html lang="en">
  <head>
    <meta name="pypi:repository-version" content="${API_VERSION}">
    <title>Simple index</title>
  </head>
  <body>
${lines.join("")}</body>
</html>`);
}
