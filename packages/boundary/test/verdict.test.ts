import { describe, expect, test } from "vitest";
import { type BoundaryReport, findingsOf, verdictOf } from "../src/index.ts";
import { PLACE, attemptWith, brokenReport, reportWith, rowResult } from "./sample-report.ts";

const mutant = (killedBy: string | null) => ({
  id: String(killedBy),
  grant: "refund",
  change: "c",
  place: PLACE,
  killedBy,
});

describe("a run of the harness", () => {
  test("passes when all that it found holds", () => {
    expect(verdictOf(reportWith())).toEqual({ code: 0, failures: [], score: null, scoreProblem: null });
  });

  test.for<[string, Partial<BoundaryReport>]>([
    ["nothing was run", { rows: [], proofs: [] }],
    ["a row was allowed", { rows: [rowResult({}, ["allowed"])] }],
    ["a row could not be brought about", { rows: [rowResult({}, ["not_run"])] }],
    ["a baseline is missing", { missing: [{ grant: "g", missing: "m" }] }],
    ["a baseline is refused", { baselines: [{ grant: "g", attempt: attemptWith() }] }],
    [
      "a baseline waits for a person",
      { baselines: [{ grant: "g", attempt: attemptWith({ outcome: "approval_required" }) }] },
    ],
    ["a named proof does not hold", { proofs: [{ name: "noRoute", holds: false, detail: "d" }] }],
    ["the ledger does not verify", { world: { ...reportWith().world, ledgerIntact: false } }],
    ["a secret was found", { world: { ...reportWith().world, leaks: ["agent stdout"] } }],
    ["the cell has a way out", { world: { ...reportWith().world, openRoutes: ["1.1.1.1:443"] } }],
    ["the report itself says so", { passed: false }],
  ])("fails when %s, even if it says that it passed", ([, change]) => {
    expect(verdictOf(reportWith(change)).code).toBe(1);
  });

  test("fails below the score that was asked for, and without one", () => {
    const half = reportWith({ mutants: [mutant("row"), mutant(null)] });
    expect(verdictOf(half)).toMatchObject({ code: 0, score: 0.5 });
    expect(verdictOf(half, { minScore: 0.5 }).code).toBe(0);
    expect(verdictOf(half, { minScore: 0.6 })).toMatchObject({
      code: 1,
      scoreProblem: "the score is 0.50, and 0.6 was asked for",
    });
    expect(verdictOf(half, { minScore: Number.NaN }).code).toBe(1);
    for (const mutants of [null, []])
      expect(verdictOf(reportWith({ mutants }), { minScore: 0 }).code).toBe(1);
  });
});

describe("the fingerprint of a finding", () => {
  const fingerprintOf = (report: BoundaryReport): string => findingsOf(report)[0]?.fingerprint ?? "";

  test("stays when the row fails in another way, and differs by grant, fact and mutation", () => {
    const allowed = fingerprintOf(reportWith({ rows: [rowResult({}, ["allowed"])] }));
    expect(fingerprintOf(reportWith({ rows: [rowResult({}, ["wrong_reason"])] }))).toBe(allowed);
    const others = [{ grant: "g" }, { fact: "run" as const }, { mutation: "m" }].map((change) =>
      fingerprintOf(reportWith({ rows: [rowResult(change, ["allowed"])] })),
    );
    expect(new Set([allowed, ...others]).size).toBe(4);
  });

  test("is another one for each finding of a run", () => {
    const all = findingsOf(brokenReport());
    expect(new Set(all.map(({ fingerprint }) => fingerprint)).size).toBe(all.length);
    expect(all.map(({ kind }) => kind)).toEqual([
      "allowed",
      "not_run",
      "baseline_refused",
      "missing_baseline",
      "proof_failed",
      "ledger_broken",
      "secret_leaked",
      "route_open",
      "mutant_survived",
    ]);
  });
});
