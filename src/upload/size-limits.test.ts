import { expect, test } from "vitest";
import { refuseTooLarge } from "./size-limits.ts";

const help = (anchor: string) => `https://cheese.example/help/#${anchor}`;

test.each([
  [100 * 1024 ** 2, "100 MB"],
  [2 * 1024 ** 3, "2048 MB"],
  [1_000_000, "1 MB"],
  [3_000_000, "3 MB"],
  [2_500_000, "2.5 MB"],
  [40_000, "0.04 MB"],
])("a file limit of %i bytes is told as %s", (fileLimit, told) => {
  const refuse = () =>
    refuseTooLarge({
      content: { bytes: undefined },
      project: undefined,
      name: "demo",
      rules: { fileLimit, projectLimit: null },
      help,
    });
  expect(refuse).toThrow(
    `File too large. Limit for project 'demo' is ${told}. See https://cheese.example/help/#file-size-limit for more information.`,
  );
});

test.each([
  [10 * 1024 ** 3, "10 GB"],
  [500_000_000, "0.5 GB"],
])("a project limit of %i bytes is told as %s", (projectLimit, told) => {
  const project = { displayName: "Demo", totalSize: projectLimit, fileSizeLimit: null, totalSizeLimit: null };
  const refuse = () =>
    refuseTooLarge({
      content: { bytes: { size: 1 } },
      project,
      name: "demo",
      rules: { fileLimit: null, projectLimit },
      help,
    });
  expect(refuse).toThrow(`Project size too large. Limit for project 'Demo' total size is ${told}.`);
});
