// Many at once: slow senders beside everybody else, twenty uploads of one name, and a signal while a large one arrives.
import { readdir, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { dirname, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { basic, uploadRequest } from "../support/app.ts";
import { buildWheel, type Distribution } from "../support/distributions.ts";
import { listProjects, readPage, readWhole, upload } from "../support/index-client.ts";
import { type RunningServer, startServer } from "../support/running-server.ts";
import { eventually, makeDataFolder } from "../support/server-process.ts";

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function start(options: Parameters<typeof startServer>[0] = {}): Promise<RunningServer> {
  const server = await startServer(options);
  cleanups.push(() => server.kill());
  return server;
}

/** An upload whose sender decides when its bytes go. */
function openUpload(server: RunningServer, file: Distribution) {
  const { headers, payload } = uploadRequest(file, { authorization: basic("__token__", server.token) });
  const { hostname, port } = new URL(server.url);
  const socket: Socket = connect(Number(port), hostname);
  let received = "";
  socket.on("data", (chunk) => {
    received += chunk.toString("latin1");
  });
  const closed = new Promise<string>((resolve) => socket.on("error", () => {}).on("close", () => resolve(received)));
  const lines = Object.entries({ host: "x", connection: "close", ...headers }).map(
    ([name, value]) => `${name}: ${value}\r\n`,
  );
  socket.write(`POST /legacy/ HTTP/1.1\r\n${lines.join("")}\r\n`);
  let sent = 0;
  return {
    socket,
    closed,
    /** Sends on, up to this part of the body. */
    send(part: number) {
      const end = Math.floor(payload.length * part);
      socket.write(payload.subarray(sent, end));
      sent = end;
    },
  };
}

test("forty slow senders hold up nobody else", async () => {
  const server = await start();
  expect((await upload(server, buildWheel({ name: "brie" }))).status).toBe(200);
  const slow = Array.from({ length: 40 }, (_, at) =>
    openUpload(server, buildWheel({ name: `slow-${at}`, padding: 300_000 })),
  );
  let isOver = false;
  const trickle = (async () => {
    for (let part = 0; !isOver; part += 0.002) {
      for (const one of slow) one.send(Math.min(part, 0.9));
      await setTimeout(20);
    }
  })();
  const took: number[] = [];
  for (let count = 0; count < 100; count++) {
    const began = performance.now();
    const response = await fetch(`${server.simple}brie/`);
    await response.arrayBuffer();
    expect(response.status).toBe(200);
    took.push(performance.now() - began);
  }
  const beganUpload = performance.now();
  expect((await upload(server, buildWheel({ name: "edam", padding: 100_000 }))).status).toBe(200);
  const tookUpload = performance.now() - beganUpload;
  isOver = true;
  await trickle;
  const [median = 0, worst = 0] = [took.toSorted((a, b) => a - b)[50], Math.max(...took)];
  console.info(
    `Beside forty slow senders: reads ${median.toFixed(1)} ms (median), ${worst.toFixed(0)} ms (worst); an upload ${tookUpload.toFixed(0)} ms.`,
  );
  expect(median).toBeLessThan(500);
  expect(tookUpload).toBeLessThan(5_000);

  // They are heard out: half of them finish, half go away.
  for (const [at, one] of slow.entries()) {
    if (at % 2 === 0) one.send(1);
    else one.socket.destroy();
  }
  const answers = await Promise.all(slow.map(({ closed }) => closed));
  expect(answers.filter((answer) => answer.startsWith("HTTP/1.1 200 "))).toHaveLength(20);
  expect((await listProjects(server)).filter((name) => name.startsWith("slow-"))).toHaveLength(20);
  const temporary = join(server.data, "files", "tmp");
  await eventually("what was not finished to be let go", async () => (await readdir(temporary)).length === 0);
});

test("of twenty simultaneous uploads of one name with different bytes exactly one wins", async () => {
  const server = await start({ flags: ["--workers", "2"] });
  for (const name of ["first", "second", "third"]) {
    const rivals = Array.from({ length: 20 }, (_, at) => buildWheel({ name, summary: `the one of rival ${at}` }));
    const answers = await Promise.all(rivals.map((rival) => upload(server, rival)));
    const winners = rivals.filter((_, at) => answers[at]?.status === 200);
    expect(winners).toHaveLength(1);
    const refused = answers.filter(({ status }) => status !== 200);
    expect([...new Set(refused.map(({ status, reason }) => `${status} ${reason.slice(0, 19)}`))]).toEqual([
      "400 File already exists",
    ]);
    const whole = await readWhole(server, name);
    expect([...whole]).toEqual([[winners[0]?.filename, winners[0]?.sha256]]);
  }
  expect(await readdir(join(server.data, "files", "tmp"))).toEqual([]);
  expect(await server.command(["fsck", "--deep"])).toMatch(/: no problems\.$/);
});

test("of twenty simultaneous uploads of the very same file all are told that it is there", async () => {
  const server = await start({ flags: ["--workers", "2"] });
  const file = buildWheel({ name: "same", padding: 100_000 });
  const answers = await Promise.all(Array.from({ length: 20 }, () => upload(server, file)));
  expect([...new Set(answers.map(({ status }) => status))]).toEqual([200]);
  const { meta, files } = await readPage(server, "same");
  expect(files).toHaveLength(1);
  await upload(server, file);
  expect((await readPage(server, "same")).meta).toEqual(meta);
});

test("SIGTERM while 20 MB arrive: the upload is finished, answered, and there after the next start", async () => {
  const data = await makeDataFolder();
  cleanups.push(() => rm(dirname(data), { recursive: true, force: true }));
  const server = await start({ data });
  const file = buildWheel({
    name: "large",
    files: { "large/data.bin": crypto.getRandomValues(new Uint8Array(65_536)) },
    padding: 20_000_000,
  });
  const request = openUpload(server, file);
  request.send(0.5);
  const temporary = join(server.data, "files", "tmp");
  await eventually("half of it to arrive", async () => (await readdir(temporary)).length === 1);
  server.process.kill("SIGTERM");
  await eventually("new connections to be refused", () =>
    fetch(`${server.url}_health/`, { headers: { connection: "close" } }).then(
      () => false,
      () => true,
    ),
  );
  request.send(0.75);
  await setTimeout(1_500);
  request.send(1);
  expect(await request.closed).toMatch(/^HTTP\/1\.1 200 /);
  expect(await server.process.ended).toEqual({ code: 0, signal: null });

  const next = await start({ data });
  expect([...(await readWhole(next, "large"))]).toEqual([[file.filename, file.sha256]]);
  expect(await readdir(temporary)).toEqual([]);
});
