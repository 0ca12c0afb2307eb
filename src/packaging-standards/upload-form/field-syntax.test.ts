import { expect, test } from "vitest";
import { emailFault } from "./email-address.ts";
import { importNameFault } from "./import-name.ts";
import { licenseFileFault } from "./license-file.ts";
import { firstAddress } from "./mailbox.ts";
import { isWebUrl } from "./web-url.ts";

test.each([
  ["Foo <a@b.com", "a@b.com"],
  ["<a@b.com> Foo", "a@b.com"],
  ["a@b.com (x)", "a@b.com"],
  ["(x (y \\) z) w) a@b.com", "a@b.com"],
  ["Foo Bar", "Foo"],
  ["a b@c.com", "a b@c.com"],
  ["team: a@b.com, c@d.com;", "a@b.com"],
  ['"Foo, Bar" <a@b.com>', "a@b.com"],
  ['Foo <"a b"@c.com>', '"a b"@c.com'],
  ["a @ b . com", "a@b.com"],
  ["a@b.com; c@d.com", "a@b.com"],
  ["foo,bar@x.com", "foo"],
  ["Foo <>", ""],
  ["", ""],
  ["O'Neil é <a@b.com>, x", "a@b.com"],
  ["foo\n <a@b.com>", "a@b.com"],
  ["Foo <@relay.org:a@b.com>", "a@b.com"],
  ["a@[1.2.3.4]", "a@[1.2.3.4]"],
  ['"unterminated <a@b.com>', "unterminated <a@b.com>"],
  ["a@b.com c@d.com", ""],
  ["team:;", ""],
  [`${"x:".repeat(100_000)}a@b.com`, "a@b.com"],
])("the first address of %j is %j", (value, address) => {
  expect(firstAddress(value)).toBe(address);
});

test.each([
  "a@b.c",
  "a@x.example",
  "A@B.COM",
  "é@é.com",
  "a@bücher.com",
  "a@ß.de",
  "a@xn--bcher-kva.example",
  "a@b。com",
  "!#$%&'*+-/=?^_`{|}~@b.com",
  "a@b.c0m",
  "a@1.com",
  `${"a".repeat(65)}@b.com`,
  "a@x.internal",
])("%s is an e-mail address", (address) => {
  expect(emailFault(address)).toBeUndefined();
});

test.each([
  "Foo",
  "@b.com",
  "a@",
  "a@b",
  "a@localhost",
  "a@[127.0.0.1]",
  "a@b@c.com",
  ".a@b.com",
  "a.@b.com",
  "a..b@b.com",
  '"a"@b.com',
  "a@b..com",
  "a@.b.com",
  "a@b.com.",
  "a@b-.com",
  "a@-b.com",
  "a@b.-c.com",
  "a@b.com-",
  "a@b.1",
  "a@1.2.3.4",
  "a@ab--c.com",
  "a@x.test",
  "a@x.onion",
  "a@home.arpa",
  "a b@c.com",
  "a@b c.com",
  "a@b_c.com",
  "a@b!.com",
  "a(b)@c.com",
  "a\x01@b.com",
  "a\u200b@b.com",
  "\u0301a@b.com",
  "a\u3000b@c.com",
  "a@b.com\n",
  `a@${"b".repeat(64)}.com`,
  `a@${"b.".repeat(130)}com`,
])("%j is no e-mail address, and a sentence says why", (address) => {
  expect(emailFault(address)).toMatch(/^[A-Z].*\.$/);
});

test.each([
  "https://x:65535/",
  "https://x:/",
  "https:",
  "HTTPS:x",
  "https://[::1]:80/",
  "https://x/ a?b c#d",
  "https://é/",
  "https://a b:99999/",
  "https://u:p@h:80:90/",
  "http://x:00080",
])("%s may be linked", (url) => {
  expect(isWebUrl(url)).toBe(true);
});

test.each([
  "https://x:65536/",
  "https://user:pw@h:99999/",
  "https://[::1]:99999/",
  " https://x",
  "//x",
  "x.example",
  "javascript:alert(1)",
  "ftp://x/",
  "http\u017f://x",
  "data:text/html,https://x",
  "h ttps://x",
])("%s may not be linked", (url) => {
  expect(isWebUrl(url)).toBe(false);
});

test.each(["LICENSE", "a/b/LICENSE", "C:x", ".hidden"])("%s may be a license file", (path) => {
  expect(licenseFileFault(path)).toBeUndefined();
});

test.each([
  ["a/../b", "parent directory indicators are not allowed"],
  ["*.txt", "paths must be resolved"],
  ["\\\\host\\share\\x", "paths must be relative"],
  ["c:/x", "paths must be relative"],
  ["a/", "paths must use '/' delimiter"],
  ["", "paths must use '/' delimiter"],
])("%s may not be a license file: %s", (path, reason) => {
  expect(licenseFileFault(path)).toContain(reason);
});

test("an import name is made of identifiers of any script and is no keyword", () => {
  expect(["foo.bar_1", "naïve", "名前", "foo ;private"].map((name) => importNameFault(name, "import-name"))).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
  expect(importNameFault("foo.None", "import-name")).toBe(
    "'foo.None' is invalid for 'import-name'; 'None' is a keyword",
  );
  expect(importNameFault("foo..bar", "import-name")).toContain("'' is not a valid identifier");
  expect(importNameFault("foo;", "import-namespace")).toContain("'private'");
});
