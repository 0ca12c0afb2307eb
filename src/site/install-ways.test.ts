import { expect, test } from "vitest";
import { installWays } from "./install-ways.ts";

const linesOf = (simpleUrl: string, requirement: string, indexName = "main") =>
  Object.fromEntries(installWays({ indexName, simpleUrl }, requirement).map(({ id, lines }) => [id, lines]));

test("each tool has lines that work as pasted", () => {
  expect(linesOf("https://cheese.example/simple/", "brie")).toEqual({
    pip: ["pip install --index-url https://cheese.example/simple/ brie"],
    uv: ["uv pip install --index-url https://cheese.example/simple/ brie"],
    poetry: [
      "poetry source add --priority=explicit cheeseshop https://cheese.example/simple/",
      "poetry add --source cheeseshop brie",
    ],
    pdm: ["pdm config --local pypi.url https://cheese.example/simple/", "pdm add brie"],
  });
});

test.each([
  ["http://127.0.0.1:8080/simple/", false],
  ["http://localhost:8080/simple/", false],
  ["http://[::1]:8080/simple/", false],
  ["https://cheese.example/simple/", false],
  ["http://cheese.example:8080/simple/", true],
])("pip is told to trust %s: %s", (url, isTold) => {
  expect(linesOf(url, "brie")["pip"]?.[0]?.includes("--trusted-host cheese.example:8080 brie")).toBe(isTold);
});

test("a version with an epoch is quoted, others are not", () => {
  expect(linesOf("https://cheese.example/simple/", "brie==1!2.0")["pip"]?.[0]).toMatch(/ 'brie==1!2\.0'$/);
  expect(linesOf("https://cheese.example/simple/", "brie==1.0+local")["pip"]?.[0]).toMatch(/ brie==1\.0\+local$/);
});

test("another index is a source by its own name", () => {
  expect(linesOf("https://cheese.example/i/team/simple/", "brie", "team")["poetry"]?.[1]).toBe(
    "poetry add --source team brie",
  );
});

test("netrc knows hosts, not ports", () => {
  const [pip] = installWays({ indexName: "main", simpleUrl: "http://localhost:8080/simple/" }, "brie");
  expect(pip?.access.lines).toEqual(["machine localhost login __token__ password TOKEN"]);
});
