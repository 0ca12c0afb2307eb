import { expect, test } from "vitest";
import { CommandFailed } from "../terminal.ts";
import { type ConfigurationFacts, writeConfiguration } from "./write-configuration.ts";

const config = { data: "/srv/cheese shop", files: "/mnt/files", host: "127.0.0.1", port: 8080, tlsCert: undefined };

const written = (facts: Partial<ConfigurationFacts> = {}) =>
  writeConfiguration({ config, publicUrl: "http://pypi.example.org/", listen: undefined, ...facts });

test.each<[string, Partial<ConfigurationFacts>, string]>([
  ["its name", {}, "    server_name pypi.example.org;\n"],
  ["the port of the public address", {}, "    listen 80;\n"],
  ["another port", { publicUrl: "http://pypi.example.org:81/" }, "    listen 81;\n"],
  ["TLS", { publicUrl: "https://pypi.example.org/" }, "    listen 443 ssl;\n"],
  ["what it was told to listen on", { listen: "[::]:8000" }, "    listen [::]:8000;\n"],
  ["the server's port", {}, "    server 127.0.0.1:8080;\n"],
  ["a server that listens everywhere", { config: { ...config, host: "0.0.0.0" } }, "    server 127.0.0.1:8080;\n"],
  ["a server on IPv6", { config: { ...config, host: "::1" } }, "    server [::1]:8080;\n"],
  [
    "a server with TLS",
    { config: { ...config, tlsCert: "/x" } },
    "        proxy_pass https://cheeseshop$request_uri;\n",
  ],
  ["where pages stand", {}, '        root "/srv/cheese shop/nginx";\n'],
  ["where files stand", {}, '        root "/mnt/files";\n'],
  ["where stored bytes are", {}, '        alias "/mnt/files/blobs/";\n'],
  ["a base path", { publicUrl: "http://example.org/py.thon/" }, 'location ~ "^/py\\.thon/(?:i/'],
  ["no limit of its own for uploads", {}, "    client_max_body_size 0;"],
  [
    "pip's Accept",
    {},
    String.raw`"~^1 application/vnd\.pypi\.simple\.v1\+json, application/vnd\.pypi\.simple\.v1\+html; q=0\.1, text/html; q=0\.01$" json;`,
  ],
])("the configuration has %s", (_what, facts, line) => {
  expect(written(facts)).toContain(line);
});

test("with a public address of https, nothing is served by itself to who comes over http", () => {
  expect(written({ publicUrl: "https://pypi.example.org/" })).toContain('"~^https (?:GET|HEAD) $" 1;');
  expect(written()).toContain('"~^https? (?:GET|HEAD) $" 1;');
});

test("every place that nginx serves from looks at the disk each time", () => {
  const places = written().match(/^ {8}(?:root|alias) /gm);
  expect(written().match(/open_file_cache off;/g)).toHaveLength(places?.length ?? 0);
});

test.each(["/srv/$data", '/srv/"data"', "/srv/a\\b", "/srv/a\nb"])(
  "a folder that nginx cannot be told of is refused: %j",
  (data) => {
    expect(() => written({ config: { ...config, data } })).toThrow(CommandFailed);
  },
);
