import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import {
  addressDigest,
  createAddresses,
  type FileEntry,
  type ProjectPage,
  type ReleaseEntry,
} from "../../indexes/index.ts";
import { projectHtml } from "./project-html.ts";
import { rootHtml } from "./root.ts";

/** What the reference's own templates made of these pages. */
interface Vectors {
  readonly simple_html_detail: readonly {
    readonly name: string;
    readonly serial: number;
    readonly status: ProjectPage["status"];
    readonly files: readonly {
      readonly filename: string;
      readonly url: string;
      readonly hashes: { readonly sha256: string };
      readonly "requires-python": string | null;
      readonly yanked: boolean | string;
      readonly "core-metadata": false | { readonly sha256: string };
    }[];
    readonly html: string;
  }[];
  readonly simple_html_index: readonly { readonly projects: readonly string[]; readonly html: string }[];
}
const vectors: Vectors = JSON.parse(
  readFileSync(new URL("../../../test/vectors/read-api-vectors.json", import.meta.url), "utf8"),
);
const addresses = createAddresses({ publicUrl: "http://index.test/" });

test.each(vectors.simple_html_detail)("the page of $name ($status) has the bytes of the reference", (vector) => {
  // Whether a file is yanked stands with its release, so every file gets a release of its own here.
  const releases: ReleaseEntry[] = vector.files.map((file, at) => ({
    version: String(at),
    isPrerelease: false,
    isYanked: file.yanked !== false,
    yankedReason: typeof file.yanked === "string" ? file.yanked : "",
    isQuarantined: false,
    requiresPython: file["requires-python"],
  }));
  const files: FileEntry[] = vector.files.map((file, at) => ({
    filename: file.filename,
    version: String(at),
    size: 1,
    blake2b: file.url,
    sha256: file.hashes.sha256,
    md5: "",
    metadataSha256: file["core-metadata"] ? file["core-metadata"].sha256 : null,
    packagetype: "sdist",
    pythonVersion: "source",
    comment: null,
    uploadedAt: "2026-01-02T03:04:05.000000Z",
  }));
  const { name, serial, status } = vector;
  const page = { name, displayName: name, serial, status, statusReason: null, releases, files, roles: [] };
  const html = projectHtml(page, { ...addresses, file: (_, file) => addressDigest(file) }, "main").toString();
  expect(html).toBe(vector.html.replace(/ data-provenance="[^"]*"/g, ""));
});

test.each(vectors.simple_html_index)("the list of $projects has the bytes of the reference", ({ projects, html }) => {
  const lines = projects.map((name) => ({ name, normalizedName: name.toLowerCase().replace(".", "-"), serial: 1 }));
  expect(rootHtml(lines, addresses, "main").toString()).toBe(html);
});
