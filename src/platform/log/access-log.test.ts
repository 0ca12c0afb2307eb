import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { createAccessLog } from "./access-log.ts";

interface Line {
  readonly fields: object;
  readonly message: string;
}

async function visit(what: "none" | "dynamic" | "all", url: string, isHot: boolean): Promise<Line[]> {
  const lines: Line[] = [];
  let time = 0;
  const access = createAccessLog({
    log: { info: (fields, message) => void lines.push({ fields, message }) },
    what,
    now: () => (time += 7),
    clientAddress: () => "192.0.2.1",
  });
  const written = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    access.watch(request, response);
    response.once("close", written.resolve);
    if (isHot) access.markHot(request);
    response.writeHead(200).end("hello");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await fetch(`http://127.0.0.1:${port}${url}`, { headers: { "user-agent": "pip/26.0", connection: "close" } });
  await written.promise;
  server.close();
  return lines;
}

test("a line says who asked what, and how it went, without the query", async () => {
  expect(await visit("all", "/simple/?token=hunter2", true)).toEqual([
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
  ["all", true, 1],
  ["all", false, 1],
  ["dynamic", true, 0],
  ["dynamic", false, 1],
  ["none", true, 0],
  ["none", false, 0],
] as const)("%s, answered on the short way: %s, gives %d lines", async (what, isHot, count) => {
  expect(await visit(what, "/", isHot)).toHaveLength(count);
});
