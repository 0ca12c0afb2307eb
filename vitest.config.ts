import { defineConfig } from "vitest/config";

const shared = { pool: "threads" as const, isolate: false, reporters: ["default"] };

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: "fast",
          globalSetup: ["test/support/global-setup.ts"],
          include: ["src/**/*.test.ts", "src/**/*.test.tsx", "test/http/**/*.test.ts"],
          testTimeout: 20_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          ...shared,
          name: "clients",
          include: ["test/clients/**/*.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 300_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          ...shared,
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
