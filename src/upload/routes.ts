import type { Addresses } from "../indexes/index.ts";
import { htmlAnswer } from "../platform/http/answer.ts";
import type { Http } from "../platform/http/create-app.ts";
import { route } from "../platform/http/route.ts";
import type { Upload } from "./upload.ts";

interface Params {
  readonly index?: string;
}

/** Where twine, uv and the others send files: `/legacy/` of each index. */
export function uploadRoutes(http: Http, { upload, addresses }: { upload: Upload; addresses: Addresses }): void {
  for (const prefix of ["", "/i/:index"]) {
    http.post<{ Params: Params }>(
      `${prefix}/legacy/`,
      route((request) => upload(request.raw, request.params.index ?? "main")),
    );
    http.get<{ Params: Params }>(
      `${prefix}/legacy/`,
      route((request) => htmlAnswer(200, explanation(addresses.upload(request.params.index ?? "main"), addresses))),
    );
    // Absolute, since uv does not follow a relative one; the reason says it to those who see only that (twine).
    http.post<{ Params: Params }>(
      `${prefix}/legacy`,
      route((request) => ({
        status: 308,
        reason: "An upload was attempted to /legacy but the expected upload URL is /legacy/ (with a trailing slash)",
        headers: ["Location", addresses.upload(request.params.index ?? "main")],
        body: null,
      })),
    );
  }
}

function explanation(url: string, { help }: Addresses): string {
  const text = (value: string) => value.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
  return `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>Upload address</title></head>
<body><p>This URL is an API endpoint for uploading files to this index. Use it with
<code>twine upload --repository-url ${text(url)}</code> or <code>uv publish --publish-url ${text(url)}</code>.
<a href="${text(help("apitoken"))}">How to get a token</a>.</p></body>
</html>`;
}
