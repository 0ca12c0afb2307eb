import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { ruleNames, rules } from "./rules.ts";
import { describeSetting, settingNames } from "./settings.ts";

const manual = readFileSync(new URL("../../../docs/operating.md", import.meta.url), "utf8");

/** The cells of the table row whose first cell begins with this, in backquotes. */
function cellsOf(name: string): readonly string[] | undefined {
  const row = manual.split("\n").find((line) => new RegExp(`^\\| \`${name}[ \`]`).test(line));
  return row
    ?.split("|")
    .slice(1, -1)
    .map((cell) => cell.trim());
}

describe("docs/operating.md", () => {
  test.each(settingNames)("has the setting %s as it is", (name) => {
    const { takes, about, fallback, fallbackInWords, isNoFlag, isStorable } = describeSetting(name);
    const cells = cellsOf(isNoFlag ? name : `--${name}`) ?? [];
    expect(cells[0]).toBe(isNoFlag ? `\`${name}\`` : `\`--${name}${takes && ` ${takes}`}\``);
    expect(cells[1]).toContain(about);
    const standard = fallbackInWords ?? (typeof fallback === "string" ? `\`${fallback}\`` : undefined);
    if (standard !== undefined) expect(cells[2]).toBe(standard);
    expect(cells[3]).toBe(isStorable ? "yes" : "");
  });

  test.each(ruleNames)("has the rule %s with what each preset says", (name) => {
    const { about, relaxed, strict } = rules[name];
    expect(cellsOf(name)?.slice(1, 4)).toEqual([about, `\`${relaxed}\``, `\`${strict}\``]);
  });

  test("has no setting or rule that there is not", () => {
    const flags = [...manual.matchAll(/^\| `--([a-z-]+)/gm)].map(([, flag = ""]) => flag);
    const known = new Set<string>([...settingNames, "rule", "config"]);
    expect(flags.filter((flag) => !known.has(flag))).toEqual([]);
    expect(flags.length).toBe(settingNames.filter((name) => !describeSetting(name).isNoFlag).length + 2);
  });
});
