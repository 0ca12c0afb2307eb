/** The upload API 1.0, which every publishing tool speaks. */
export { type CheckOptions, checkDistribution, type Finding } from "./check-distribution.ts";
export { uploadRoutes } from "./routes.ts";
export { createUpload, type Upload } from "./upload.ts";
