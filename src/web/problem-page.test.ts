import { expect, test } from "vitest";
import { createDrawProblemPage } from "./problem-page.tsx";

const draw = createDrawProblemPage({ siteName: "Cheeseshop", version: "1.2.3", basePath: "/base" });

test("an error page says what happened and what to do, as text", () => {
  const html = draw({ status: 404, title: "Not Found", detail: "There is no <b>brie</b>." });
  expect(html).toMatch(/^<!DOCTYPE html>\n<html lang="en">/);
  expect(html).toContain("<title>Not Found · Cheeseshop</title>");
  expect(html).toContain("<p>There is no &lt;b>brie&lt;/b>.</p>");
  expect(html).toContain('start from the <a href="/base/">home page</a>');
});

test("a detail that only repeats the title is said once", () => {
  expect(draw({ status: 404, title: "Not Found", detail: "Not Found" })).not.toContain("<p>Not Found</p>");
});

test("a refused reader is told which user name and where tokens come from", () => {
  const html = draw({ status: 401, title: "Unauthorized", detail: "The index is private." });
  expect(html).toContain("<code>__token__</code>");
  expect(html).toContain('href="/base/help/#apitoken"');
});

test("a failure of ours names the request that it was logged under", () => {
  const html = draw({ status: 500, title: "Internal Server Error", detail: "Sorry.", requestId: "r-42" });
  expect(html).toContain("Request <code>r-42</code>");
});

test("nothing in the frame needs inline scripts or styles", () => {
  const html = draw({ status: 400, title: "Bad Request", detail: "No." });
  expect(html).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
});
