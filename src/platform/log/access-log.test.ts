import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createAccessLog } from "./access-log.ts";

interface Line {
  readonly fields: object;
  readonly message: string;
}

async function visit(what: "none" | "dynamic" | "all", url: string, method = "GET", status = 200): Promise<Line[]> {
  const lines: Line[] = [];
  let time = 0;
  const access = createAccessLog({
    log: { info: (fields, message) => void lines.push({ fields, message }) },
    what,
    now: () => (time += 7),
    isRoutine: (path) => path === "/simple/",
    clientAddress: () => "192.0.2.1",
  });
  const written = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    access(request, response);
    response.once("close", written.resolve);
    response.writeHead(status).end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await fetch(`http://127.0.0.1:${port}${url}`, { method, headers: { "user-agent": "pip/26.0", connection: "close" } });
  await written.promise;
  server.close();
  return lines;
}

test("a line says who asked what, and how it went, without the query", async () => {
  expect(await visit("all", "/simple/?token=hunter2")).toEqual([
    {
      message: "GET /simple/ 200",
      fields: {
        method: "GET",
        path: "/simple/",
        status: 200,
        bytes: expect.any(Number),
        milliseconds: 7,
        client: "192.0.2.1",
        agent: "pip/26.0",
      },
    },
  ]);
});

test.each([
  ["all", "/simple/", "GET", 200, 1],
  ["dynamic", "/simple/", "GET", 200, 0],
  ["dynamic", "/simple/?a", "HEAD", 200, 0],
  ["dynamic", "/simple/", "GET", 404, 1],
  ["dynamic", "/simple/", "POST", 200, 1],
  ["dynamic", "/legacy/", "GET", 200, 1],
  ["none", "/legacy/", "POST", 500, 0],
] as const)("%s: %s %s %d gives %d lines", async (what, url, method, status, count) => {
  expect(await visit(what, url, method, status)).toHaveLength(count);
});
