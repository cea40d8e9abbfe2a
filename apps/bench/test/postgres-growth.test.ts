import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, inject, test } from "vitest";
import { unequal } from "../src/report/bench-report.ts";
import { equalCounts, workAmong } from "../src/scenarios/growth.ts";
import { benchDatabases } from "../src/world/bench-postgres.ts";
import { growingPostgres } from "../src/world/growing-postgres.ts";

describe("an act over HTTP on PostgreSQL", () => {
  test("is the same work for the database among 2,000 tenants, grants and leases as among 10", async () => {
    const directory = await mkdtemp(join(tmpdir(), "watchword-bench-test-"));
    try {
      const store = await growingPostgres(benchDatabases(inject("postgresPort")));
      const work = await workAmong(store, directory, [10, 2_000], () => undefined);
      const counts = equalCounts("PostgreSQL", work);
      expect(unequal(counts), JSON.stringify(counts)).toEqual([]);
      const few = work.get("10");
      expect(few?.["whole tables read"]).toBe(0);
      expect(few?.["index probes"]).toBeGreaterThan(10);
      expect(few?.["rows written"]).toBeGreaterThan(3);
      // With many rows the planner itself reads no table whole.
      expect(work.get("2000")?.["as planned, whole tables read"]).toBe(0);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }, 90_000);
});
