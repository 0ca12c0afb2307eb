/** The upload API 1.0, which every publishing tool speaks. */
export { uploadRoutes } from "./routes.ts";
export { createUpload, type Upload } from "./upload.ts";
