import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { gzipSync } from "node:zlib";
import { chooseType } from "../../src/platform/http/media-types.ts";
import { type FakeProject, type Form, fileAt, type Publication } from "./fake-upstream-form.ts";

/** An answer whole, before any trouble is made of it. */
export interface FakeAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const JSON_TYPE = "application/vnd.pypi.simple.v1+json";

/** A project's page in the form that the upstream has and the client takes. */
export function answerPage(project: FakeProject, request: IncomingMessage, form: Form, files: string): FakeAnswer {
  const address = (file: Publication) => {
    const path = fileAt(file, form);
    return form.urls === "absolute" ? files + path : form.urls === "path" ? path : `../..${path}`;
  };
  const isJson = form.page === "json" && prefersJson(request);
  const text = isJson ? jsonPage(project, form, address) : htmlPage(project, form, address);
  const headers: Record<string, string> = { "Content-Type": isJson ? JSON_TYPE : "text/html; charset=UTF-8" };
  if (form.serialHeader) headers["X-PyPI-Last-Serial"] = String(project.serial);
  return conditional(Buffer.from(text), headers, project.serial, request, form);
}

export function answerRoot(projects: readonly FakeProject[], request: IncomingMessage, form: Form): FakeAnswer {
  const names = projects.map(({ name }) => name);
  if (form.page === "json" && prefersJson(request)) {
    const text = JSON.stringify({
      meta: { "api-version": form.apiVersion },
      projects: names.map((name) => ({ name })),
    });
    return { status: 200, headers: { "Content-Type": JSON_TYPE }, body: Buffer.from(text) };
  }
  const links = names.map((name) => `<a href="${name}/">${name}</a>\n`).join("");
  return { status: 200, headers: { "Content-Type": "text/html" }, body: Buffer.from(links) };
}

/** A file or its metadata sibling; one range of it where the upstream serves ranges. */
export function answerFile(
  { distribution }: Publication,
  isMetadata: boolean,
  request: IncomingMessage,
  form: Form,
): FakeAnswer | undefined {
  if (isMetadata && !(form.metadataFiles && distribution.filetype === "bdist_wheel")) return undefined;
  const whole = isMetadata ? Buffer.from(distribution.metadata) : distribution.bytes;
  const headers = { "Content-Type": "application/octet-stream", ETag: `"${digest(whole).slice(0, 16)}"` };
  const [, first = "", last = ""] = /^bytes=(\d*)-(\d*)$/.exec(request.headers.range ?? "") ?? [];
  if (!form.ranges || first + last === "") return { status: 200, headers, body: whole };
  const start = first === "" ? Math.max(0, whole.length - Number(last)) : Number(first);
  const end = first === "" || last === "" ? whole.length : Math.min(whole.length, Number(last) + 1);
  if (start >= end) {
    return { status: 416, headers: { "Content-Range": `bytes */${whole.length}` }, body: Buffer.alloc(0) };
  }
  const range = `bytes ${start}-${end - 1}/${whole.length}`;
  return { status: 206, headers: { ...headers, "Content-Range": range }, body: whole.subarray(start, end) };
}

/** The JSON API's document of a project or of one release, as far as mirrors look. */
export function answerReleaseJson(
  project: FakeProject | undefined,
  version: string | undefined,
): FakeAnswer | undefined {
  const release = project?.files.findLast(
    ({ distribution }) => version === undefined || distribution.version === version,
  );
  if (!project || !release) return undefined;
  const { metadata, version: shown } = release.distribution;
  const values = (field: string) =>
    [...metadata.matchAll(new RegExp(`^${field}: (.*)$`, "gm"))].map(([, value]) => value);
  const list = (field: string) => (values(field).length === 0 ? null : values(field));
  const info = {
    author: null,
    author_email: null,
    classifiers: values("Classifier"),
    description: metadata.slice(metadata.indexOf("\n\n") + 2),
    description_content_type: values("Description-Content-Type")[0] ?? null,
    dynamic: null,
    home_page: null,
    license: null,
    license_files: list("License-File"),
    name: project.name,
    project_urls: null,
    provides_extra: list("Provides-Extra"),
    requires_dist: list("Requires-Dist"),
    requires_python: release.requiresPython,
    summary: values("Summary")[0] ?? null,
    version: shown,
  };
  const text = JSON.stringify({ info, last_serial: project.serial, urls: [], vulnerabilities: [] });
  return { status: 200, headers: { "Content-Type": "application/json" }, body: Buffer.from(text) };
}

function conditional(
  body: Buffer,
  headers: Record<string, string>,
  serial: number,
  request: IncomingMessage,
  form: Form,
): FakeAnswer {
  const etag = `"${digest(body)}"`;
  const lastModified = new Date(Date.UTC(2026, 0, 1) + serial * 1000).toUTCString();
  if (form.etag) headers["ETag"] = etag;
  if (form.lastModified) headers["Last-Modified"] = lastModified;
  const isKnown =
    (form.etag && request.headers["if-none-match"] === etag) ||
    (form.lastModified && request.headers["if-modified-since"] === lastModified);
  if (isKnown) return { status: 304, headers, body: Buffer.alloc(0) };
  if (!form.gzip || !request.headers["accept-encoding"]?.includes("gzip")) return { status: 200, headers, body };
  return { status: 200, headers: { ...headers, "Content-Encoding": "gzip" }, body: gzipSync(body) };
}

function jsonPage(project: FakeProject, form: Form, address: (file: Publication) => string): string {
  const has = (version: Form["apiVersion"]) => form.apiVersion >= version;
  const files = project.files.map((file) => ({
    filename: file.distribution.filename,
    url: address(file),
    hashes: form.hash === "none" ? {} : { [form.hash]: digest(file.distribution.bytes, form.hash) },
    "requires-python": file.requiresPython,
    yanked: file.yanked,
    // PEP 691 called it dist-info-metadata; the reference's name for compatibility was another (PEP 714).
    ...(has("1.1")
      ? { "core-metadata": metadataValue(file, form), "data-dist-info-metadata": metadataValue(file, form) }
      : { "dist-info-metadata": metadataValue(file, form) }),
    ...(has("1.1") && { size: file.distribution.bytes.length, "upload-time": file.uploadedAt }),
    ...(has("1.3") && { provenance: file.provenance }),
  }));
  const serial = form.serial === "number" ? project.serial : String(project.serial);
  return JSON.stringify({
    meta: { "api-version": form.apiVersion, ...(form.serial !== "none" && { "_last-serial": serial }) },
    name: normalize(project.name),
    ...(has("1.1") && { versions: [...new Set(project.files.map((file) => file.distribution.version))] }),
    ...(form.apiVersion === "1.2" && { "alternate-locations": [] }),
    ...(has("1.4") && { "project-status": { status: project.status ?? "active", reason: project.statusReason } }),
    files,
  });
}

function htmlPage(project: FakeProject, form: Form, address: (file: Publication) => string): string {
  const links = project.files.map((file) => {
    const fragment = form.hash === "none" ? "" : `#${form.hash}=${digest(file.distribution.bytes, form.hash)}`;
    const href = `href="${escapeHtml(address(file) + fragment)}"`;
    const attributes = form.page === "bare-html" ? [] : htmlAttributes(file, form);
    return `<a ${[href, ...attributes].join(" ")}>${escapeHtml(file.distribution.filename)}</a><br/>\n`;
  });
  const status = project.status ?? "active";
  const metas =
    form.page === "bare-html"
      ? ""
      : `<meta name="pypi:repository-version" content="${form.apiVersion}"><meta name="pypi:project-status" content="${status}">${
          project.statusReason === undefined
            ? ""
            : `<meta name="pypi:project-status-reason" content="${escapeHtml(project.statusReason)}">`
        }`;
  const head = `<!DOCTYPE html><html><head>${metas}<title>Links for ${project.name}</title></head>`;
  return `${head}<body><h1>Links for ${project.name}</h1>\n${links.join("")}</body></html>`;
}

function htmlAttributes(file: Publication, form: Form): string[] {
  const { requiresPython, yanked, provenance } = file;
  const metadata = metadataValue(file, form);
  const mark = metadata === true ? "true" : metadata && `sha256=${metadata.sha256}`;
  return [
    ...(requiresPython === null ? [] : [`data-requires-python="${escapeHtml(requiresPython)}"`]),
    ...(yanked === false ? [] : [`data-yanked="${yanked === true ? "" : escapeHtml(yanked)}"`]),
    ...(mark ? [`data-dist-info-metadata="${mark}"`, `data-core-metadata="${mark}"`] : []),
    ...(provenance === null ? [] : [`data-provenance="${escapeHtml(provenance)}"`]),
  ];
}

function metadataValue({ distribution }: Publication, form: Form): boolean | { readonly sha256: string } {
  if (form.coreMetadata === "none" || distribution.filetype !== "bdist_wheel") return false;
  return form.coreMetadata === "true" ? true : { sha256: digest(Buffer.from(distribution.metadata)) };
}

function prefersJson(request: IncomingMessage): boolean {
  return chooseType(request.headers.accept, ["text/html", JSON_TYPE]) === JSON_TYPE;
}

function digest(bytes: Buffer, algorithm = "sha256"): string {
  return createHash(algorithm).update(bytes).digest("hex");
}

function normalize(name: string): string {
  return name.replace(/[-_.]+/g, "-").toLowerCase();
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
