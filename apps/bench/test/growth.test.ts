import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { unequal } from "../src/report/bench-report.ts";
import { equalCounts, workAmong } from "../src/scenarios/growth.ts";
import { growingSqlite } from "../src/world/growing-sqlite.ts";

describe("an act over HTTP on SQLite", () => {
  test("is the same work for the store among 2,000 tenants, grants and leases as among 10", async () => {
    const directory = await mkdtemp(join(tmpdir(), "watchword-bench-test-"));
    try {
      const work = await workAmong(growingSqlite(directory), directory, [10, 2_000], () => undefined);
      const counts = equalCounts("SQLite", work);
      expect(unequal(counts), JSON.stringify(counts)).toEqual([]);
      const few = work.get("10");
      expect(few?.["whole tables read"]).toBe(0);
      // Something was counted, in the thread that reads and in the one that writes.
      expect(few?.["statements"]).toBeGreaterThan(20);
      expect(few?.["index probes"]).toBeGreaterThan(10);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }, 90_000);
});
