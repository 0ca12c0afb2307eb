/** A colour in the light and in the dark, as six hex digits. */
type Pair = readonly [light: string, dark: string];

/** Every colour of the site; a test holds each text against each ground it stands on. */
export const colours = {
  paper: ["#fffdf8", "#16130e"],
  panel: ["#f8f2e3", "#221d15"],
  line: ["#e2d7bf", "#3d3527"],
  ink: ["#241f17", "#ece4d5"],
  muted: ["#655c4b", "#ada28e"],
  link: ["#8a4b00", "#f3b64c"],
  "link-seen": ["#6b4a2b", "#d9ae72"],
  amber: ["#f0a818", "#f0a818"],
  "amber-light": ["#ffd470", "#ffd470"],
  "amber-dark": ["#b06f06", "#9a6105"],
  "info-ground": ["#f8f2e3", "#221d15"],
  "info-edge": ["#b9a984", "#6f6349"],
  "warning-ground": ["#fdeecb", "#382a0b"],
  "warning-edge": ["#d98c00", "#c98a1b"],
  "danger-ground": ["#fbe6df", "#43190f"],
  "danger-edge": ["#b3341a", "#d9674b"],
} as const satisfies Record<string, Pair>;

export type Colour = keyof typeof colours;

/** One declaration for both: `color-scheme` decides, so that a switch later needs to set nothing else. */
export const colourCss = `:root {
  color-scheme: light dark;
${Object.entries(colours)
  .map(([name, [light, dark]]) => `  --${name}: light-dark(${light}, ${dark});\n`)
  .join("")}}
@media print {
  :root { color-scheme: light; }
}
`;
