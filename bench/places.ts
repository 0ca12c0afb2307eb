import { join } from "node:path";

/** The checkout. */
export const ROOT = join(import.meta.dirname, "..");
/** What is installed and filled once and kept between runs; git knows nothing of it. */
export const CACHE = join(ROOT, ".cache", "bench");
/** What one run makes and removes. */
export const SCRATCH = join(CACHE, `run-${process.pid}`);
