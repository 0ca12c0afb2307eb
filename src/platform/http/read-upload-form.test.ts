import { randomBytes } from "node:crypto";
import type { Socket } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { openRaw, type RunningServer, startServer } from "../../../test/support/http-server.ts";
import { quietLog } from "../../../test/support/log.ts";
import { textAnswer } from "./answer.ts";
import { createErrorAnswers } from "./error-answers.ts";
import { MalformedRequest } from "./errors.ts";
import {
  defaultFormLimits,
  type IncomingFile,
  readUploadForm,
  type UploadForm,
  type UploadFormLimits,
} from "./read-upload-form.ts";
import { createSendAnswer } from "./send-answer.ts";

const sendAnswer = createSendAnswer({ log: quietLog, headersFor: () => [] });
const answerError = createErrorAnswers({
  log: quietLog,
  drawPage: ({ detail }) => detail,
  groups: [],
  newRequestId: () => "r",
});

interface Kept {
  readonly filename: string;
  readonly contentType: string | undefined;
  readonly bytes: Buffer;
  readonly after: readonly string[];
}
const keep = async ({ filename, contentType, bytes, fields }: IncomingFile): Promise<Kept> => ({
  filename,
  contentType,
  bytes: Buffer.concat(await Array.fromAsync(bytes)),
  after: fields.map(({ name }) => name),
});
const generous: UploadFormLimits = { ...defaultFormLimits, body: 64 * 1024 * 1024 };

let running: RunningServer;
let limits = generous;
let onFile: (file: IncomingFile) => Promise<Kept> = keep;
let seen: UploadForm<Kept> | undefined;
let failures: unknown[] = [];
/** Of the request that came last. */
let connection: Socket | undefined;

beforeAll(async () => {
  running = await startServer({
    listener: (request, response) => {
      connection = request.socket;
      readUploadForm(request, { limits, onFile }).then(
        (form) => {
          seen = form;
          sendAnswer(request, response, textAnswer(200, "ok"));
        },
        (error: unknown) => {
          failures.push(error);
          sendAnswer(request, response, answerError(error, request));
        },
      );
    },
  });
});
beforeEach(() => {
  limits = generous;
  onFile = keep;
  seen = undefined;
  failures = [];
});
afterAll(() => running.stop());

async function post(body: FormData | string | Buffer, contentType?: string): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${running.port}/`, {
    method: "POST",
    body: Buffer.isBuffer(body) ? new Uint8Array(body) : body,
    ...(contentType === undefined ? {} : { headers: { "content-type": contentType } }),
  });
  return { status: response.status, text: await response.text() };
}

function formOf(...entries: readonly (readonly [string, string | File])[]): FormData {
  const form = new FormData();
  for (const [name, value] of entries) form.append(name, value);
  return form;
}

const wheel = (bytes: Buffer, name = "brie-1.0-py3-none-any.whl") =>
  new File([new Uint8Array(bytes)], name, { type: "application/zip" });

test("fields come in order, repeated, and the file byte for byte", async () => {
  const bytes = randomBytes(3_000_000);
  const form = formOf(
    [":action", "file_upload"],
    ["classifiers", "B"],
    ["classifiers", "A"],
    ["summary", "fromage \u{1f9c0}\r\n"],
    ["content", wheel(bytes)],
    ["md5_digest", ""],
  );
  expect(await post(form)).toEqual({ status: 200, text: "ok" });
  expect(seen).toEqual({
    fields: [
      { name: ":action", value: "file_upload" },
      { name: "classifiers", value: "B" },
      { name: "classifiers", value: "A" },
      { name: "summary", value: "fromage \u{1f9c0}\r\n" },
      { name: "md5_digest", value: "" },
    ],
    sentAsFile: [],
    file: {
      filename: "brie-1.0-py3-none-any.whl",
      contentType: "application/zip",
      bytes,
      after: [":action", "classifiers", "classifiers", "summary"],
    },
  });
});

test("other parts that came as files are named and skipped; content without a file name is a field", async () => {
  const signature = new File(["sig"], "brie.asc");
  expect(
    (await post(formOf(["gpg_signature", signature], ["name", new File(["brie"], "n")], ["content", "x"]))).status,
  ).toBe(200);
  expect(seen).toEqual({
    fields: [{ name: "content", value: "x" }],
    sentAsFile: ["gpg_signature", "name"],
    file: undefined,
  });
});

test("an urlencoded form is read too", async () => {
  await post(":action=submit&a=1+2&a=%C3%A9&b&=c&&d=100%", "application/x-www-form-urlencoded; charset=utf-8");
  expect(seen?.fields).toEqual([
    { name: ":action", value: "submit" },
    { name: "a", value: "1 2" },
    { name: "a", value: "é" },
    { name: "b", value: "" },
    { name: "", value: "c" },
    { name: "d", value: "100%" },
  ]);
});

test.each(["application/json", "text/plain"])("a body of type %s is an empty form", async (type) => {
  expect((await post("{}", type)).status).toBe(200);
  expect(seen).toEqual({ fields: [], sentAsFile: [], file: undefined });
});

const multipart = "multipart/form-data; boundary=B";
const part = (name: string, value: string) =>
  `--B\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
const content = '--B\r\nContent-Disposition: form-data; name="content"; filename="a.whl"\r\n\r\nx\r\n';

test.each([
  ["no boundary", "multipart/form-data", part("a", "1"), 400, /names no boundary/],
  ["no end", multipart, part("a", "1"), 400, /ends before its last boundary/],
  ["two files", multipart, `${content}${content}--B--`, 400, /more than one content part/],
  ["text that is not UTF-8", multipart, Buffer.from(`${part("a", "\xff")}--B--`, "latin1"), 400, /Invalid Form Data/],
  ["an urlencoded text that is not UTF-8", "application/x-www-form-urlencoded", "a=%ff", 400, /Invalid Form Data/],
  ["too many parts", multipart, `${part("a", "").repeat(30)}--B--`, 413, /more than 20 parts/],
  ["too long fields", multipart, `${part("a", "x".repeat(600)).repeat(2)}--B--`, 413, /larger than 1000 bytes/],
  ["too long names", multipart, `${part("a".repeat(600), "").repeat(2)}--B--`, 413, /larger than 1000 bytes/],
  [
    "an urlencoded text that is too long",
    "application/x-www-form-urlencoded",
    "a".repeat(1001),
    413,
    /at most 1000 bytes/,
  ],
  ["more bytes than the body may have", multipart, `${content}--B--${" ".repeat(5000)}`, 413, /at most 5000 bytes/],
])("a form with %s is refused", async (_what, type, body, status, text) => {
  limits = { body: 5_000, fields: 1_000, parts: 20 };
  const answer = await post(body, type);
  expect(answer.status).toBe(status);
  expect(answer.text).toMatch(text);
});

test("a body of unannounced length is stopped when it gets too large", async () => {
  limits = { ...generous, body: 100_000 };
  const client = openRaw(running.port);
  client.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Type: ${multipart}\r\n\r\n`);
  client.socket.write(`${content.length.toString(16)}\r\n${content}\r\n`);
  for (let i = 0; i < 20; i++) client.socket.write(`2710\r\n${"x".repeat(10_000)}\r\n`);
  client.socket.write("0\r\n\r\n");
  expect(await client.until("413")).toContain("HTTP/1.1 413 This body is too large");
  client.socket.destroy();
});

test("what onFile throws is answered, and seen by a client that sends on", async () => {
  onFile = async () => {
    throw new MalformedRequest("not this file");
  };
  const answer = await post(formOf(["content", wheel(randomBytes(5 * 1024 * 1024))]));
  expect(answer).toEqual({ status: 400, text: "not this file" });
});

test("a file that is not read is skipped, and the fields after it are read", async () => {
  onFile = async ({ filename, contentType }) => ({ filename, contentType, bytes: Buffer.alloc(0), after: [] });
  await post(formOf(["content", wheel(randomBytes(3_000_000))], ["name", "brie"]));
  expect([seen?.file?.filename, seen?.fields]).toEqual([
    "brie-1.0-py3-none-any.whl",
    [{ name: "name", value: "brie" }],
  ]);
});

test("a connection that ends early ends the reading, also inside the file", async () => {
  const client = openRaw(running.port);
  client.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\nContent-Type: ${multipart}\r\n\r\n`);
  client.socket.write(content.slice(0, -2));
  await vi.waitFor(() => expect(running.wasAsked()).toBe(true));
  client.socket.end();
  await vi.waitFor(() => expect(failures).toHaveLength(1));
  expect(failures[0]).toMatchObject({ status: 400, code: "malformed_body" });
});

test("a complete form inside a longer announced length is not taken for the whole", async () => {
  const client = openRaw(running.port);
  client.socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9999\r\nContent-Type: ${multipart}\r\n\r\n`);
  client.socket.write(`${content}--B--\r\n`);
  await vi.waitFor(() => expect(running.wasAsked()).toBe(true));
  client.socket.end();
  await vi.waitFor(() => expect(failures).toHaveLength(1));
  expect([seen, failures[0]]).toEqual([undefined, expect.objectContaining({ code: "malformed_body" })]);
});

test("a file is taken from the connection only as fast as it is kept", async () => {
  const piece = Buffer.alloc(64 * 1024, "x");
  const count = 320;
  let kept = 0;
  let ahead = 0;
  onFile = async ({ filename, contentType, bytes }) => {
    for await (const chunk of bytes) {
      kept += chunk.length;
      // Time for the connection to bring more than it should, if nothing held it back.
      await new Promise((resolve) => setImmediate(resolve));
      ahead = Math.max(ahead, (connection?.bytesRead ?? Number.POSITIVE_INFINITY) - kept);
    }
    return { filename, contentType, bytes: Buffer.alloc(0), after: [] };
  };
  const client = openRaw(running.port);
  const [head, tail] = [content.slice(0, -3), "\r\n--B--\r\n"];
  const length = head.length + count * piece.length + tail.length;
  client.socket.write(
    `POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${length}\r\nContent-Type: ${multipart}\r\n\r\n${head}`,
  );
  for (let i = 0; i < count; i++) await new Promise((resolve) => client.socket.write(piece, resolve));
  client.socket.write(tail);
  expect(await client.closed).toContain("HTTP/1.1 200");
  expect(kept).toBe(count * piece.length);
  // A few pieces of what the kernel hands over at once, not the file.
  expect(ahead).toBeLessThan(1024 * 1024);
});
