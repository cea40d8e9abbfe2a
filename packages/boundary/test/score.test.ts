import { expect, test } from "vitest";
import { boundary, runBoundary } from "../src/index.ts";
import { code } from "./code.ts";
import { payments } from "./payments.ts";
import { CODE, PAYMENTS, policyOf } from "./policies.ts";

const LONG = process.env["WATCHWORD_LONG"] === "1";
if (!LONG)
  console.log(
    "the score of whole policies is not run: it opens a world for each change; WATCHWORD_LONG=1 runs it",
  );

test.runIf(LONG).for([
  ["payments", PAYMENTS, { payments }],
  ["code", CODE, { code }],
] as const)(
  "whatever makes the policy for %s wider by one step, a row notices",
  { timeout: 300_000 },
  async ([, text, systems]) => {
    const report = await runBoundary(
      boundary({ policy: policyOf(text), systems }, (b) => b.matrix()),
      { mutate: true },
    );
    expect(report.mutants?.filter(({ killedBy }) => killedBy === null)).toEqual([]);
    expect(report.mutants?.length).toBeGreaterThan(8);
  },
);
