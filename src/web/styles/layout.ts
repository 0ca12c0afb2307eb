/** The frame around every page. */
export const layoutCss = `.container {
  width: 100%;
  max-width: 72rem;
  margin-inline: auto;
  padding-inline: var(--space-4);
}
.site-head { border-bottom: 1px solid var(--line); background: var(--panel); }
.site-head .container {
  display: flex;
  flex-wrap: wrap;
  align-items: center;
  gap: var(--space-1) var(--space-4);
  padding-block: var(--space-2);
}
.brand, .site-nav a {
  display: inline-flex;
  align-items: center;
  gap: var(--space-2);
  min-height: 2rem;
  color: var(--ink);
  text-decoration: none;
}
.brand { font-weight: 650; font-size: var(--large); }
.brand:hover, .site-nav a:hover { text-decoration: underline; text-decoration-thickness: 2px; }
.place { color: var(--muted); }
.place a { color: inherit; }
.site-nav { margin-left: auto; }
.site-nav ul { display: flex; flex-wrap: wrap; gap: 0 var(--space-4); list-style: none; padding: 0; }
.site-nav [aria-current] { box-shadow: inset 0 -2px var(--amber); }
.logo { width: 1.75rem; height: 1.75rem; }
.logo-top { fill: var(--amber-light); }
.logo-side { fill: var(--amber); }
.logo-hole { fill: var(--amber-dark); }
main { flex: 1; padding-block: var(--space-8) var(--space-12); }
.site-foot { border-top: 1px solid var(--line); color: var(--muted); font-size: var(--small); }
.site-foot .container { display: flex; flex-wrap: wrap; gap: var(--space-1) var(--space-6); padding-block: var(--space-4); }
.site-foot ul { display: flex; flex-wrap: wrap; gap: 0 var(--space-4); list-style: none; padding: 0; }
.site-foot a { color: inherit; display: inline-block; min-height: 1.5rem; }
.skip { position: absolute; left: var(--space-4); top: -4rem; padding: var(--space-2) var(--space-4); background: var(--paper); }
.skip:focus { top: var(--space-2); z-index: 1; }
.flow > * + * { margin-top: var(--space-4); }
.flow > * + h2, .flow > * + section, .flow > .pair { margin-top: var(--space-8); }
.flow > * + h3 { margin-top: var(--space-6); }
@media print {
  .site-nav, .site-foot ul, .skip, .copy, .sections { display: none; }
  .site-head { background: none; }
  html { font-size: 10pt; }
  body { background: none; }
  main { padding-block: 1rem; }
}
`;
