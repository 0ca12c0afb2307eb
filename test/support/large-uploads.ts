// A program that uploads several large wheels at once, so that building and sending them disturbs no clock but its own. Its
// argument is LargeUploads as JSON. It prints a line when it is ready, begins at the first line of its input, and prints the
// statuses, as JSON, at the end.
import { createHash, randomBytes } from "node:crypto";
import { request } from "node:http";
import { buildWheel } from "./distributions.ts";
import { basic, uploadRequest } from "./upload-request.ts";

export interface LargeUploads {
  readonly legacy: string;
  readonly token: string;
  readonly count: number;
  /** Bytes of each, about. */
  readonly size: number;
  /** What project names begin with. */
  readonly stem: string;
}

/** A request in pieces: the noise in the middle is the same bytes in memory for all. */
interface Prepared {
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: readonly Buffer[];
}

const PIECE = 64 * 1024;

function prepare({ token, size, stem }: LargeUploads, number: number, noise: Buffer): Prepared {
  const name = `${stem}-${number}`;
  const wheel = buildWheel({ name, files: { [`${stem}/noise.bin`]: noise } });
  const { headers, payload } = uploadRequest(wheel, { authorization: basic("__token__", token) });
  const start = payload.indexOf(noise.subarray(0, 64));
  const pieces = [Buffer.from(payload.subarray(0, start)), noise, Buffer.from(payload.subarray(start + size))];
  return { headers, pieces };
}

function send(url: string, { headers, pieces }: Prepared): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: "POST", headers, agent: false }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode ?? 0));
    });
    sent.on("error", reject);
    void (async () => {
      for (const piece of pieces) {
        for (let at = 0; at < piece.length; at += PIECE) {
          if (!sent.write(piece.subarray(at, at + PIECE))) await new Promise((drained) => sent.once("drain", drained));
        }
      }
      sent.end();
    })();
  });
}

const plan: LargeUploads = JSON.parse(process.argv[2] ?? "{}");
const noise = randomBytes(plan.size);
const prepared = Array.from({ length: plan.count }, (_, number) => prepare(plan, number, noise));
console.log(createHash("sha256").update(noise).digest("hex"));
process.stdin.once("data", async () => {
  const statuses = await Promise.all(prepared.map((one) => send(plan.legacy, one)));
  console.log(JSON.stringify(statuses));
  process.exit(0);
});
