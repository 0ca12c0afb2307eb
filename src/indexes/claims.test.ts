import fc from "fast-check";
import { expect, test } from "vitest";
import { normalizeName } from "../packaging-standards/index.ts";
import { claimsOf, parseClaim } from "./claims.ts";

test.each([
  ["acme-*", "acme-*"],
  ["Acme_*", "acme-*"],
  ["ACME.__.Tools*", "acme-tools*"],
  ["a*", "a*"],
  ["Acme.Tools", "acme-tools"],
])("%s claims %s", (text, pattern) => expect(parseClaim(text)).toBe(pattern));

test.each(["", "*", "-*", "acme-", "ac*me", "acme**", "acme tools", `${"a".repeat(101)}*`, "käse"])(
  "%j claims nothing and is refused with an example",
  (text) => expect(() => parseClaim(text)).toThrow(/acme-\*/),
);

const name = fc.stringMatching(/^[a-zA-Z0-9]([a-zA-Z0-9._-]{0,12}[a-zA-Z0-9])?$/);
test("a name is claimed by its own spelling and by every beginning of it, in whatever spelling", () => {
  fc.assert(
    fc.property(name, fc.nat(14), (spelled, length) => {
      const claims = claimsOf(normalizeName(spelled));
      expect(claims).toContain(parseClaim(spelled));
      // A beginning that ends in separators claims what goes on after them.
      const beginning = spelled.slice(0, length + 1);
      expect(claims).toContain(parseClaim(`${beginning}*`));
      expect(claims).not.toContain(parseClaim(`${spelled}x*`));
      expect(claims).not.toContain(parseClaim(`${spelled}x`));
    }),
  );
});
