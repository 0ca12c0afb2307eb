/** The frame that pages hang in: layout, stylesheet, components, static files, error pages. */
export { Command } from "./command.tsx";
export { countOf, formatBytes, formatCount } from "./format.ts";
export { type Frame, helpPath } from "./frame.ts";
export { renderPage } from "./html.ts";
export { Layout, type Place } from "./layout.tsx";
export { Notice } from "./notice.tsx";
export { createDrawProblemPage, ProblemView } from "./problem-page.tsx";
export { safeHref } from "./safe-href.ts";
export { staticRoutes } from "./static-routes.ts";
export { type Choice, Switch } from "./switch.tsx";
export { Time } from "./time.tsx";
