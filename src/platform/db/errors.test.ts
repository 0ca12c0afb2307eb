import { expect, test } from "vitest";
import { DatabaseCannotStore, DatabaseUnavailable, translateDatabaseError } from "./errors.ts";

const error = (code: string) => Object.assign(new Error("it says why"), { code });

test.each(["ECONNREFUSED", "57P01", "57P03", "08006", "53300"])("%s: the database is away", (code) => {
  const cause = error(code);
  const problem = translateDatabaseError(cause);
  expect(problem).toBeInstanceOf(DatabaseUnavailable);
  expect(problem).toMatchObject({ status: 503, cause });
});

test.each([
  ["53100", "disk full"],
  ["53200", "out of memory"],
  ["25006", "a standby, or set to read only"],
])("%s (%s): it answers and takes no writes", (code) => {
  const cause = error(code);
  const problem = translateDatabaseError(cause);
  expect(problem).toBeInstanceOf(DatabaseCannotStore);
  expect(problem).toMatchObject({ status: 503, headers: { "Retry-After": "30" }, cause });
});

test.each([error("23505"), new Error("something else"), "no error at all"])("%s is nothing of the kind", (other) => {
  expect(translateDatabaseError(other)).toBe(other);
});
