import type { Distribution } from "./distributions.ts";

export const basic = (user: string, password: string) =>
  `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;

export interface UploadOptions {
  readonly authorization: string;
  readonly url: string;
  /** Fields added or replaced; undefined leaves one out, several values repeat the part. */
  readonly fields: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly filename: string;
  readonly bytes: Buffer;
  /** Of the content part; null sends none, as uv does. */
  readonly contentType: string | null;
  readonly accept: string;
  readonly boundary: string;
}

/** The request that twine would send for a distribution. */
export function uploadRequest(distribution: Distribution, options: Partial<UploadOptions> = {}) {
  const fields = {
    name: distribution.name,
    version: distribution.version,
    metadata_version: "2.1",
    filetype: distribution.filetype,
    pyversion: distribution.pyversion,
    sha256_digest: distribution.sha256,
    ":action": "file_upload",
    protocol_version: "1",
    ...options.fields,
  };
  const boundary = options.boundary ?? "frontier";
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(fields)) {
    for (const one of value === undefined ? [] : [value].flat()) {
      parts.push(
        Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n`),
        Buffer.from(one),
        Buffer.from("\r\n"),
      );
    }
  }
  const type =
    options.contentType === null ? "" : `Content-Type: ${options.contentType ?? "application/octet-stream"}\r\n`;
  const filename = options.filename ?? distribution.filename;
  parts.push(
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="content"; filename="${filename}"\r\n${type}\r\n`,
    ),
    options.bytes ?? distribution.bytes,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  );
  const payload = Buffer.concat(parts);
  return {
    method: "POST" as const,
    url: options.url ?? "/legacy/",
    headers: {
      "content-type": `multipart/form-data; boundary=${boundary}`,
      "content-length": String(payload.length),
      "user-agent": "test/1.0",
      ...(options.authorization !== undefined && { authorization: options.authorization }),
      ...(options.accept !== undefined && { accept: options.accept }),
    },
    payload,
  };
}
