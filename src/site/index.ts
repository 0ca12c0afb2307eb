/** The public pages of an index: home, projects, help. */
export type { Installation, SiteDeps } from "./deps.ts";
export { siteRoutes } from "./routes.ts";
