import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

// Tests start hundreds of workers and processes; each would compile the same modules anew.
process.env["NODE_COMPILE_CACHE"] ??= fileURLToPath(new URL("node_modules/.cache/compiled", import.meta.url));

export default defineConfig({
  ssr: { resolve: { conditions: ["@watchword/source"] } },
  test: {
    testTimeout: 30_000,
    pool: "forks",
    // One more than there are cores: most tests wait for disks and children.
    maxWorkers: availableParallelism() + 1,
    // Child processes and workers that tests start run from source too.
    execArgv: ["--conditions=@watchword/source"],
    projects: [
      {
        extends: true,
        test: {
          name: "watchword",
          include: [
            "packages/*/test/**/*.test.ts",
            "packages/adapters/*/test/**/*.test.ts",
            "apps/*/test/**/*.test.ts",
            "tools/*.test.ts",
          ],
          exclude: ["{packages,apps}/*/test/postgres*.test.ts", "packages/adapters/*/test/postgres*.test.ts"],
        },
      },
      {
        // The same suites once more, each exchange over a real listener: the answers must be the same.
        extends: true,
        test: {
          name: "over HTTP",
          include: [
            "packages/broker/test/{start,act,approvals,leases,leases-job,delegate*,denials,projections,local-denials}.test.ts",
          ],
          env: { WATCHWORD_TEST_TRANSPORT: "http" },
        },
      },
      {
        // What is about PostgreSQL, and the broker's suites once more with it as their store, on a real server.
        extends: true,
        test: {
          name: "on PostgreSQL",
          include: [
            "{packages,apps}/*/test/postgres*.test.ts",
            "packages/adapters/*/test/postgres*.test.ts",
            "packages/broker/test/{start,act,access-tokens,approvals,leases*,object-origin,receipts,tenants,consent,operators*,delegate*,denials}.test.ts",
          ],
          env: { WATCHWORD_TEST_STORE: "postgres" },
          globalSetup: "packages/broker/test/postgres-server.ts",
        },
      },
    ],
  },
});
