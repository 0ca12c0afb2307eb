import http from "node:http";
import type { Distribution } from "../../test/support/distributions.ts";

export interface UploadPlace {
  readonly url: string;
  /** The header's value; undefined where anybody may upload. */
  readonly authorization?: string | undefined;
}

const BOUNDARY = "the-boundary-of-the-benchmark";
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });

/** Uploads as twine does, on one connection. Throws with what the server said when it refuses. */
export function uploadTo({ url, authorization }: UploadPlace, wheel: Distribution): Promise<void> {
  const body = formOf(wheel);
  const headers = {
    "Content-Type": `multipart/form-data; boundary=${BOUNDARY}`,
    "Content-Length": body.length,
    "User-Agent": "cheeseshop-bench/1",
    ...(authorization !== undefined && { Authorization: authorization }),
  };
  return new Promise((resolve, reject) => {
    const request = http.request(url, { method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.on("error", reject);
      response.on("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`${url} refuses ${wheel.filename}: ${response.statusCode} ${text}`));
      });
    });
    request.on("error", reject);
    request.end(body);
  });
}

function formOf(wheel: Distribution): Buffer {
  const fields = {
    ":action": "file_upload",
    protocol_version: "1",
    metadata_version: "2.4",
    name: wheel.name,
    version: wheel.version,
    summary: `What ${wheel.name} is for`,
    filetype: wheel.filetype,
    pyversion: wheel.pyversion,
    sha256_digest: wheel.sha256,
  };
  const head = (disposition: string) => `--${BOUNDARY}\r\nContent-Disposition: form-data; ${disposition}\r\n`;
  const texts = Object.entries(fields).map(([name, value]) => `${head(`name="${name}"`)}\r\n${value}\r\n`);
  const file = `${head(`name="content"; filename="${wheel.filename}"`)}Content-Type: application/octet-stream\r\n\r\n`;
  return Buffer.concat([Buffer.from(texts.join("") + file), wheel.bytes, Buffer.from(`\r\n--${BOUNDARY}--\r\n`)]);
}
