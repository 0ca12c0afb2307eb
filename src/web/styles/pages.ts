/** Arrangements of single pages. */
export const pagesCss = `.lead { font-size: var(--large); color: var(--muted); }
.pair { display: grid; gap: var(--space-8); }
.pair > * { min-width: 0; }
.project { display: grid; gap: var(--space-8); }
.project > * { min-width: 0; }
.project-head h1 { overflow-wrap: anywhere; }
.version { font-weight: 400; color: var(--muted); }
.project-head .version { white-space: nowrap; }
.sections { display: flex; flex-wrap: wrap; gap: 0 var(--space-6); list-style: none; padding: 0; border-bottom: 1px solid var(--line); }
.sections a { display: inline-block; min-height: 2.25rem; padding-block: var(--space-1); }
.description { font-family: var(--sans); font-size: 1rem; max-width: var(--measure); tab-size: 4; }
.requirements { list-style: none; padding: 0; }
.requirements li { padding-block: var(--space-1); }
/* Below the underscores that file names are full of. */
.files th a { text-underline-offset: 0.32em; }
.digest { font-weight: 400; font-size: var(--small); color: var(--muted); }
.digest summary { width: fit-content; padding-block: 2px; }
.settings { display: grid; max-width: var(--measure); grid-template-columns: auto 1fr; gap: var(--space-1) var(--space-6); padding: var(--space-4); background: var(--panel); }
.settings dt { font-weight: 400; color: var(--muted); }
.settings dd { overflow-wrap: anywhere; min-width: 0; }
.passage { max-width: var(--measure); }
.passage h3 a { color: inherit; text-decoration: none; }
.passage h3 a:hover { text-decoration: underline; }
.passage:target, .passage:has(> h3:target) { border-left: 4px solid var(--amber); padding-left: var(--space-4); }
@media (min-width: 60rem) {
  .pair { grid-template-columns: 1fr 1fr; }
  .project { grid-template-columns: minmax(0, 1fr) 16rem; column-gap: var(--space-12); }
  .project-head { grid-column: 1 / -1; }
  .project .facts { grid-template-columns: 1fr; margin-top: 0; }
  .to-details { display: none; }
}
`;
