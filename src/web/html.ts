import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";

/** A whole page from what `Layout` made. Every value in it has been escaped by Preact. */
export function renderPage(page: VNode): string {
  return `<!DOCTYPE html>\n${renderToString(page)}`;
}
