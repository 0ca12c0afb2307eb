import { afterAll, beforeAll, expect, test } from "vitest";
import { createTestApp, type TestApp, uploadRequest } from "../support/app.ts";
import { buildWheel } from "../support/distributions.ts";
import { inject } from "../support/http.ts";

let app: TestApp;
let authorization: string;
beforeAll(async () => {
  app = await createTestApp();
  ({ authorization } = await app.makeUploader());
  await app.upload(buildWheel({ name: "brie" }), authorization);
});
afterAll(() => app.close());

test("while the database refuses connections, reads and uploads get 503 with Retry-After, and then it heals", async () => {
  await app.database.setReachable(false);
  for (const url of ["/simple/stilton/", "/pypi/stilton/json", "/project/brie/", "/_health/"]) {
    const response = await app.get(url);
    expect([url, response.statusCode, response.headers["retry-after"]]).toEqual([url, 503, "5"]);
  }
  const refused = await inject(app.listener, uploadRequest(buildWheel({ name: "edam" }), { authorization }));
  expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([503, "5"]);
  expect(await app.temporaryFiles()).toEqual([]);

  await app.database.setReachable(true);
  expect((await app.get("/simple/brie/")).statusCode).toBe(200);
  expect((await app.upload(buildWheel({ name: "edam" }), authorization)).statusCode).toBe(200);
});
