import { defineConfig } from "vitest/config";

export default defineConfig({
  ssr: { resolve: { conditions: ["@watchword/source"] } },
  test: {
    include: [
      "packages/*/test/**/*.test.ts",
      "packages/adapters/*/test/**/*.test.ts",
      "apps/*/test/**/*.test.ts",
      "tools/**/*.test.ts",
    ],
    testTimeout: 30_000,
    pool: "forks",
    // Child processes and workers that tests start run from source too.
    execArgv: ["--conditions=@watchword/source"],
  },
});
