/** Parts that any page may use. */
export const componentsCss = `.command {
  display: flex;
  align-items: flex-start;
  gap: var(--space-2);
  padding: var(--space-2) var(--space-3);
  background: var(--panel);
  border: 1px solid var(--line);
  border-radius: 4px;
  min-height: 2.75rem;
}
.command pre { flex: 1; min-width: 0; line-height: 1.5rem; padding-block: 1px; }
.copy {
  font: var(--small)/1 var(--sans);
  color: var(--ink);
  background: var(--paper);
  border: 1px solid var(--line);
  border-radius: 4px;
  min-width: 4.5rem;
  min-height: 1.75rem;
  cursor: pointer;
}
.copy:hover { border-color: var(--link); }
.switch { border: 0; padding: 0; min-width: 0; display: flex; flex-wrap: wrap; }
.switch > label {
  min-width: 3rem;
  min-height: 2rem;
  padding: var(--space-1) var(--space-3);
  text-align: center;
  cursor: pointer;
  color: var(--muted);
  border-bottom: 3px solid transparent;
}
.switch > label:hover { color: var(--ink); }
.switch > :checked + label { color: var(--ink); font-weight: 600; border-color: var(--amber); }
.switch > :focus-visible + label { outline: 3px solid var(--link); outline-offset: -1px; border-radius: 2px; }
.switch-content { display: none; order: 1; flex: 1 0 100%; min-width: 0; padding-top: var(--space-2); }
.switch > :checked + label + .switch-content { display: block; }
.switch-content > * + * { margin-top: var(--space-2); }
.notice {
  padding: var(--space-2) var(--space-4);
  border-left: 4px solid var(--info-edge);
  background: var(--info-ground);
  max-width: none;
}
.notice-warning { border-color: var(--warning-edge); background: var(--warning-ground); }
.notice-danger { border-color: var(--danger-edge); background: var(--danger-ground); }
.table { width: 100%; border-collapse: collapse; font-variant-numeric: tabular-nums; }
.table caption { text-align: left; color: var(--muted); padding-bottom: var(--space-2); }
.table th, .table td { text-align: left; vertical-align: baseline; padding: var(--space-2) var(--space-4) var(--space-2) 0; }
.table th { font-weight: 600; }
.table thead th { color: var(--muted); font-size: var(--small); border-bottom: 1px solid var(--line); }
.table tbody tr { border-bottom: 1px solid var(--line); }
.table tbody th { font-weight: 400; overflow-wrap: anywhere; }
.table .name { font-weight: 600; }
.table.dense th, .table.dense td { padding-block: var(--space-1); }
.table.dense th { width: 100%; }
.table th:last-child, .table td:last-child { padding-right: 0; }
.table .number { text-align: right; white-space: nowrap; }
.label { font-weight: 400; color: var(--muted); font-size: var(--small); }
.label::before { content: "· "; }
.age { display: block; min-height: 1.5em; color: var(--muted); font-size: var(--small); }
@media (scripting: none) { .age { display: none; } }
.facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 10.5rem), 1fr)); gap: var(--space-4); }
.facts ul { list-style: none; padding: 0; }
.facts dt { color: var(--muted); font-size: var(--small); }
.facts dd { overflow-wrap: anywhere; }
.facts time { white-space: normal; }
.facts dd li + li { margin-top: var(--space-1); }
@media (max-width: 40rem) {
  .table.stacks thead { display: none; }
  .table.stacks, .table.stacks tbody { display: block; }
  .table.stacks tr { display: flex; flex-wrap: wrap; gap: 0 var(--space-4); padding-block: var(--space-3); }
  .table.stacks th, .table.stacks td { display: block; padding: 0; }
  .table.stacks th, .table.stacks .wide { flex: 1 0 100%; }
  .table.stacks .number { text-align: left; }
  .table.dense th:not(:last-child), .table.dense td:not(:last-child) { padding-right: var(--space-3); }
  .table.stacks td:empty { display: none; }
}
@media print { .command { border-color: #999; } }
`;
