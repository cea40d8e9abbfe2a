import { expect, test } from "vitest";
import { boundary, runBoundary } from "../src/index.ts";
import { code } from "./code.ts";
import { failuresOf } from "./failures-of.ts";
import { payments } from "./payments.ts";
import { CODE, PAYMENTS, policyOf } from "./policies.ts";

test.for([
  ["payments", PAYMENTS, { payments }],
  ["code", CODE, { code }],
] as const)(
  "whatever the policy for %s forbids next to what it allows is refused, each for its own reason, and nothing is minted",
  { timeout: 240_000 },
  async ([, text, systems]) => {
    const report = await runBoundary(
      boundary({ policy: policyOf(text), systems }, (b) => {
        b.matrix();
        b.noStandingSecret();
      }),
    );
    expect(failuresOf(report)).toEqual([]);
    expect(report).toMatchObject({ passed: true, missing: [], world: { ledgerIntact: true, leaks: [] } });
    expect(report.rows.length).toBeGreaterThan(180);
  },
);
