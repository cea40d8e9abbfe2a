import { describe, expect, test } from "vitest";
import { benchReport, unequal } from "../src/report/bench-report.ts";
import { resultText } from "../src/report/table.ts";
import type { ScenarioResult } from "../src/scenario.ts";

const even = (value: number): { median: number; q1: number; q3: number } => ({
  median: value,
  q1: value * 0.9,
  q3: value * 1.1,
});

const RESULT: ScenarioResult = {
  comparisons: [
    {
      title: "one act",
      base: "limit",
      rounds: 3,
      operationsPerRound: 10,
      rows: [
        { name: "limit", cpuMicroseconds: even(500), ratio: even(1), perSecond: 1_234.4, failures: 0 },
        { name: "broker", cpuMicroseconds: even(800), ratio: even(1.5), perSecond: 700, failures: 2 },
      ],
    },
  ],
  counts: [
    { name: "statements", at: { "10": 44, "1000": 44 } },
    { name: "index probes", at: { "10": 28, "1000": 29 } },
  ],
  goals: [
    { comparison: "one act", row: "broker", atMost: 1.6 },
    { comparison: "one act", row: "broker", atMost: 1.7 },
    { comparison: "one act", row: "broker", atMost: 1.3 },
    { comparison: "one act", row: "nobody", atMost: 1 },
  ],
  notes: ["a note"],
};

describe("a report", () => {
  test("names the counts that must be equal and are not", () => {
    expect(unequal(RESULT.counts)).toEqual(["index probes"]);
  });

  test("has a form that readers can rely on", () => {
    const report = benchReport([{ name: "exchange", result: RESULT }], {
      date: new Date(0),
      load: 1.5,
      quick: true,
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual({
      format: "watchword-bench/1",
      date: "1970-01-01T00:00:00.000Z",
      node: process.version,
      openssl: process.versions.openssl,
      sqlite: expect.any(String) as string,
      cpu: expect.any(String) as string,
      cores: expect.any(Number) as number,
      load: 1.5,
      quick: true,
      scenarios: [{ name: "exchange", ...RESULT, unequal: ["index probes"] }],
    });
  });

  test("says of a goal only what the whole spread says", () => {
    const text = resultText(
      { name: "exchange", title: "Exchange", run: () => Promise.resolve(RESULT) },
      RESULT,
    );
    expect(text).toContain(
      "one act (3 rounds of 10; ratio to “limit” within a round)\n        CPU µs           ratio             per second  failed",
    );
    expect(text).toContain("broker ≤ 1.6: open, within the spread (1.50, 1.35–1.65)");
    expect(text).toContain("broker ≤ 1.7: reached");
    expect(text).toContain("broker ≤ 1.3: missed");
    expect(text).toContain("nobody ≤ 1: not measured");
    expect(text).toContain("index probes  28    29");
    expect(text).toContain("a note");
  });
});
