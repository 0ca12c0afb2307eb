import fc from "fast-check";

const digits = fc.oneof(
  fc.nat(20).map(String),
  fc.bigInt({ min: 0n, max: 10n ** 30n }).map(String),
  fc.constant("007"),
);
const separator = fc.constantFrom("", ".", "-", "_");
const part = (...words: string[]) =>
  fc
    .tuple(separator, fc.constantFrom(...words), separator, fc.oneof(fc.constant(""), digits))
    .map((all) => all.join(""));
const maybe = (arbitrary: fc.Arbitrary<string>) => fc.oneof(fc.constant(""), arbitrary);

/** Texts that PEP 440 accepts, in all their spellings. */
export const anyVersion = fc
  .tuple(
    maybe(fc.constant("v")),
    maybe(digits.map((epoch) => `${epoch}!`)),
    fc.array(digits, { minLength: 1, maxLength: 4 }).map((numbers) => numbers.join(".")),
    maybe(part("a", "Alpha", "b", "beta", "c", "RC", "pre", "preview")),
    maybe(
      fc.oneof(
        part("post", "rev", "R"),
        digits.map((number) => `-${number}`),
      ),
    ),
    maybe(part("dev", "DEV")),
    maybe(
      fc
        .array(fc.oneof(digits, fc.constantFrom("abc", "1x", "Z")), { minLength: 1, maxLength: 3 })
        .map((parts) => `+${parts.join("-")}`),
    ),
  )
  .map((parts) => parts.join(""));
