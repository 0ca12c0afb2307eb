import { expect, test } from "vitest";
import { type Colour, colours } from "./colours.ts";

/** Relative luminance (WCAG 2.2). */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [darker = 0, lighter = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (lighter + 0.05) / (darker + 0.05);
}

const grounds: readonly Colour[] = ["paper", "panel", "info-ground", "warning-ground", "danger-ground"];
const texts: readonly Colour[] = ["ink", "muted", "link", "link-seen"];

test.each(grounds.flatMap((ground) => texts.map((text) => [text, ground] as const)))(
  "%s can be read on %s, light and dark",
  (text, ground) => {
    for (const scheme of [0, 1] as const) {
      expect(contrast(colours[text][scheme], colours[ground][scheme])).toBeGreaterThanOrEqual(4.5);
    }
  },
);

test("the edge of a notice and the mark of a choice stand out from what is beside them", () => {
  for (const scheme of [0, 1] as const) {
    for (const edge of ["warning-edge", "danger-edge"] as const) {
      expect(contrast(colours[edge][scheme], colours.ink[scheme])).toBeGreaterThan(2);
    }
    expect(contrast(colours.link[scheme], colours.paper[scheme])).toBeGreaterThanOrEqual(3);
  }
});
