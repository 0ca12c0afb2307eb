import { describe, expect, test } from "vitest";
import { type BannerFacts, banner } from "./banner.ts";

const facts: BannerFacts = {
  version: "0.1.0",
  url: "http://127.0.0.1:8080/",
  config: {
    data: "/home/anna/data",
    databaseUrl: undefined,
    uploadUrl: undefined,
    private: false,
    preset: "relaxed",
    readOnly: false,
    offline: false,
  },
  upstreams: [],
  cwd: "/home/anna",
  postgresMajor: 18,
};

test("a first start has the token and lines to paste", () => {
  expect(banner({ ...facts, ownerToken: "pypi-AgEI" })).toBe(`
  Cheeseshop 0.1.0  ·  http://127.0.0.1:8080/
  data in ./data (PostgreSQL 18 embedded, files on disk)  ·  relaxed rules

  Your upload token (also in data/owner-token, shown only now):
    export TOKEN=pypi-AgEI

  Upload     twine upload --repository-url http://127.0.0.1:8080/legacy/ -u __token__ -p $TOKEN dist/*
             uv publish --publish-url http://127.0.0.1:8080/legacy/ -t $TOKEN
  Install    pip install -i http://127.0.0.1:8080/simple/ NAME
             uv pip install --index-url http://127.0.0.1:8080/simple/ NAME

  Press Ctrl-C to stop. Settings: npx --no-install cheeseshop config · Help: http://127.0.0.1:8080/help/

`);
});

test("a later start has neither", () => {
  const text = banner(facts);
  expect(text).toContain("upload to http://127.0.0.1:8080/legacy/  ·  install from http://127.0.0.1:8080/simple/");
  expect(text).not.toMatch(/TOKEN|token/);
});

describe("lines to paste suit the address at hand", () => {
  const first = (change: Partial<BannerFacts>) => banner({ ...facts, ownerToken: "pypi-AgEI", ...change });

  test.each([
    [
      "http://pypi.example.org:8080/",
      "pip install -i http://pypi.example.org:8080/simple/ --trusted-host pypi.example.org NAME",
    ],
    ["https://pypi.example.org/base/", "pip install -i https://pypi.example.org/base/simple/ NAME"],
    ["http://[::1]:8080/", "pip install -i http://[::1]:8080/simple/ NAME"],
  ])("%s", (url, line) => expect(first({ url })).toContain(`  ${line}\n`));

  test("a private index is read with the token", () => {
    const text = first({ config: { ...facts.config, private: true } });
    expect(text).toContain("pip install -i http://__token__:$TOKEN@127.0.0.1:8080/simple/ NAME");
    expect(text).toContain("relaxed rules, private");
  });

  test("uploads go where uploads go", () => {
    const text = first({ config: { ...facts.config, uploadUrl: "https://upload.example.org/legacy/" } });
    expect(text).toContain("--repository-url https://upload.example.org/legacy/ ");
  });
});

test("an index in front of another one says which", () => {
  const text = banner({ ...facts, upstreams: ["https://index.example/simple/"], ownerToken: "pypi-AgEI" });
  expect(text).toContain("\n  what nobody uploaded here comes from https://index.example/simple/\n");
});
