/** The interfaces that installers and mirrors read: simple index, JSON API, files. */
export { createBehindNginx, FRONT_HEADER, STORED_LOCATION, shelvedPages } from "./behind-nginx.ts";
export { fileRoutes } from "./files/routes.ts";
export { createHot } from "./hot.ts";
export { jsonRoutes } from "./json/routes.ts";
export { simpleRoutes } from "./simple/routes.ts";
