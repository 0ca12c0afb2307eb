import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { createAddressGuard, type Resolve } from "./guard-addresses.ts";
import { createHttpClient } from "./http-client.ts";
import { readBody } from "./read-body.ts";

const NAMES: Readonly<Record<string, readonly string[]>> = {
  "index.example": ["203.0.113.7"],
  "files.example": ["198.51.100.4", "2001:db8:1::4"],
  "metadata.example": ["169.254.169.254"],
  "mixed.example": ["10.0.0.1", "198.51.100.4"],
  "inside.example": ["10.1.2.3"],
  "local.example": ["127.0.0.1"],
};

const resolve: Resolve = async (hostname) => {
  const found = NAMES[hostname];
  if (found === undefined) throw Object.assign(new Error(`no ${hostname}`), { code: "ENOTFOUND" });
  return found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));
};

const refused = "refused";

/** Where a connection would go to. */
function lookUp(home: string, hostname: string): Promise<readonly string[] | string> {
  const guard = createAddressGuard(home, resolve);
  const { promise, resolve: settle } = Promise.withResolvers<readonly string[] | string>();
  guard.lookUp(hostname, { all: true }, (error, found) => {
    if (error) settle("kind" in error && error.kind === "inner" ? refused : (error.code ?? "failed"));
    else settle(typeof found === "string" ? found : found.map(({ address }) => address));
  });
  return promise;
}

test.each<[home: string, hostname: string, expected: readonly string[] | string]>([
  ["index.example", "files.example", ["198.51.100.4", "2001:db8:1::4"]],
  ["index.example", "metadata.example", refused],
  ["index.example", "inside.example", refused],
  ["index.example", "local.example", refused],
  ["index.example", "mixed.example", ["198.51.100.4"]],
  ["index.example", "nowhere.example", "ENOTFOUND"],
  ["inside.example", "inside.example", ["10.1.2.3"]],
  ["inside.example", "metadata.example", ["169.254.169.254"]],
  ["inside.example", "files.example", ["198.51.100.4", "2001:db8:1::4"]],
  // Nobody knows where that is: nothing it says is worth more than what a stranger says.
  ["nowhere.example", "inside.example", refused],
])("in front of %s, %s is connected to at %j", async (home, hostname, expected) => {
  expect(await lookUp(home, hostname)).toEqual(expected);
});

test.each<[home: string, url: string, isRefused: boolean]>([
  ["index.example", "http://169.254.169.254/latest/", true],
  ["index.example", "http://127.1/", true],
  ["index.example", "http://2130706433/", true],
  ["index.example", "http://0x7f.0.0.1/", true],
  ["index.example", "http://[::1]:8080/", true],
  ["index.example", "http://[::ffff:10.0.0.1]/", true],
  ["index.example", "http://198.51.100.4/", false],
  ["index.example", "http://local.example/", false],
  ["127.0.0.1", "http://127.0.0.1:1/", false],
  ["[::1]", "http://10.0.0.1/", false],
  ["inside.example", "http://10.0.0.1/", false],
])("in front of %s, %s is refused at sight: %s", async (home, url, isRefused) => {
  // Numbers look up as themselves.
  const withNumbers: Resolve = async (hostname, options) =>
    /^[\d.]+$|:/.test(hostname) ? [{ address: hostname, family: 4 }] : resolve(hostname, options);
  const kind = await createAddressGuard(home, withNumbers)
    .check(new URL(url))
    .catch((error: unknown) => error);
  expect(kind instanceof Error).toBe(isRefused);
});

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

test("a client neither goes nor follows a redirect to a machine around it, and goes where it was told to", async () => {
  const seen: (string | undefined)[] = [];
  const server = createServer(({ url, headers }, response) => {
    seen.push(`${headers.host?.split(":")[0]}${url}`);
    if (url === "/by-name") response.writeHead(302, { Location: `http://local.example:${port}/secret` }).end();
    else if (url === "/by-number") response.writeHead(302, { Location: `http://127.0.0.1:${port}/secret` }).end();
    else response.end("here");
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  // Whoever makes a connection to the home is sent here, so that there is a home that seems to be out in the world.
  const withHomeHere: Resolve = (hostname, options) =>
    resolve(hostname === "index.example" && "hints" in options ? "local.example" : hostname, options);
  const client = createHttpClient({ userAgent: "c/0", home: "index.example", resolve: withHomeHere });
  closing.push(
    () => server.close(),
    () => void client.close(),
  );
  const home = `http://index.example:${port}`;
  expect(String(await readBody(await client.get(`${home}/`), 10))).toBe("here");
  for (const url of [`${home}/by-name`, `${home}/by-number`, `http://local.example:${port}/secret`]) {
    await expect(client.get(url)).rejects.toMatchObject({ kind: "inner" });
  }
  expect(seen).toEqual(["index.example/", "index.example/by-name", "index.example/by-number"]);
});
