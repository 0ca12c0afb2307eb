/** Type, spacing and plain elements. Type scale 1.2 on the reader's own size, spacing in steps of 4 px at 16 px. */
export const baseCss = `:root {
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
  --small: 0.875rem;
  --large: 1.2rem;
  --larger: 1.44rem;
  --largest: 2.074rem;
  --space-1: 0.25rem;
  --space-2: 0.5rem;
  --space-3: 0.75rem;
  --space-4: 1rem;
  --space-6: 1.5rem;
  --space-8: 2rem;
  --space-12: 3rem;
  --measure: 68ch;
}
*, ::before, ::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: none; text-size-adjust: none; scroll-padding-top: var(--space-4); }
body {
  margin: 0;
  min-height: 100vh;
  display: flex;
  flex-direction: column;
  background: var(--paper);
  color: var(--ink);
  font: 1rem/1.5 var(--sans);
  overflow-wrap: break-word;
}
h1, h2, h3 { line-height: 1.2; margin: 0; font-weight: 650; text-wrap: balance; }
h1 { font-size: var(--largest); letter-spacing: -0.01em; }
h2 { font-size: var(--larger); }
h3 { font-size: var(--large); }
p, ul, ol, dl, pre, table, fieldset { margin: 0; }
p, li, dd { max-width: var(--measure); }
ul, ol { padding-left: var(--space-6); }
dt { font-weight: 600; }
dd { margin: 0; }
a { color: var(--link); text-decoration-thickness: 1px; text-underline-offset: 0.18em; }
a:visited { color: var(--link-seen); }
a:hover { text-decoration-thickness: 2px; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 2px; }
code, pre { font-family: var(--mono); font-size: 0.9em; }
code { overflow-wrap: anywhere; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; }
pre code { font-size: inherit; }
time { white-space: nowrap; }
summary { cursor: pointer; min-height: 1.5rem; }
svg { display: block; }
.unseen {
  position: absolute;
  width: 1px;
  height: 1px;
  margin: -1px;
  padding: 0;
  border: 0;
  overflow: hidden;
  clip-path: inset(50%);
  white-space: nowrap;
}
.muted { color: var(--muted); }
.small { font-size: var(--small); }
`;
