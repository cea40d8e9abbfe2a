import type { Reason, Value } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { decide, parsePolicy } from "../src/index.ts";
import { REFUND_REQUEST, checksOf, withArguments } from "./refund-request.ts";

const usd = (minor: number): Value => ({ minor, currency: "USD" });

const unlimited = {
  ...REFUND_REQUEST.run,
  ceiling: [{ system: "payments", operation: "refunds.create", resource: {}, limits: {} }],
};

const OUTSIDE_DOCS: readonly Value[] = [
  "",
  "/",
  "/doc",
  "/docs-old",
  "docs/a",
  "//docs",
  "/DOCS/a",
  "https://example.com/docs",
  1,
  ["/docs"],
  "/docs/..",
  "/docs/../etc",
  "/docs/.",
  "/docs/./a",
  "/docs//a",
  // What some reader of URLs takes for `..` or a slash
  "/docs/%2e%2e/etc",
  "/docs/%2E./etc",
  "/docs/..%2fetc",
  "/docs/..%5Cetc",
  "/docs/..\\etc",
  "/docs/.\t./etc",
];

const ruled = (rule: string): ReturnType<typeof parsePolicy> =>
  parsePolicy([
    {
      name: "policy.yaml",
      text: `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {} }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.x: ${rule} }
    lease: { action: 60s }
`,
    },
  ]);

describe("an argument rule", () => {
  type Row = [
    rule: string,
    failed: string,
    passes: readonly Value[],
    fails: readonly Value[],
    reason?: Reason,
  ];
  test.each<Row>([
    ['{ equals: "eu" }', "equals", ["eu"], ["EU", "eu ", "", true, 1, ["eu"], { eu: "eu" }]],
    ["{ equals: true }", "equals", [true], [false, "true", 1]],
    ["{ equals: 0 }", "equals", [0], [false, "", "0", 1]],
    ["{ in: [card, bank] }", "in", ["card", "bank"], ["car", "card, bank", "", 0, ["card"]]],
    ["{ min: 2 }", "min", [2, 3], [1, 0, -5, "2", true, { minor: 5, currency: "USD" }]],
    ["{ max: 5 }", "max", [5, 0, -9], ["5", true, { minor: 1, currency: "USD" }]],
    ["{ max: 5 }", "max", [5], [6, Number.MAX_SAFE_INTEGER], "limit_exceeded"],
    [
      '{ max: "5 JPY" }',
      "max",
      [{ minor: 5, currency: "JPY" }],
      [{ minor: 6, currency: "JPY" }],
      "limit_exceeded",
    ],
    ["{ min: 2, max: 5 }", "min", [2, 5], [1]],
    ["{ min: 2, max: 5 }", "max", [2, 5], [6], "limit_exceeded"],
    ["{ prefix: /docs }", "prefix", ["/docs", "/docs/a", "/docs/a/b", "/docs/..a"], OUTSIDE_DOCS],
    ["{ prefix: /docs/ }", "prefix", ["/docs", "/docs/a"], ["/docs-old", "/docsa"]],
    ["{ prefix: / }", "prefix", ["/", "/a/b"], ["", "a", "/..", "//"]],
  ])(
    "%s lets through what it names and refuses the rest",
    (rule, failed, passes, fails, reason = "condition_failed") => {
      const policy = ruled(rule);
      for (const x of passes) {
        const request = withArguments({ charge: "ch_1", amount: usd(1), x })(REFUND_REQUEST);
        expect(decide(policy, { ...request, run: unlimited }), `${JSON.stringify(x)} passes`).toMatchObject({
          outcome: "allow",
        });
      }
      for (const x of fails) {
        const request = withArguments({ charge: "ch_1", amount: usd(1), x })(REFUND_REQUEST);
        const decision = decide(policy, { ...request, run: unlimited });
        expect(decision, `${JSON.stringify(x)} fails`).toMatchObject({
          outcome: "deny",
          reason,
          failedFact: "argument:x",
        });
        expect(checksOf(decision)[0]).toMatch(new RegExp(`!args\\.x ${failed}$`));
      }
    },
  );

  test.each([
    "{ equals: a }",
    "{ in: [a] }",
    "{ min: 0 }",
    "{ max: 5 }",
    '{ max: "5.00 USD" }',
    "{ prefix: / }",
  ])("%s refuses an argument that is absent or only inherited", (rule) => {
    const policy = ruled(rule);
    const inherited = Object.assign(Object.create({ x: "a" }) as object, { charge: "ch_1", amount: usd(1) });
    for (const values of [{ charge: "ch_1", amount: usd(1) }, inherited]) {
      const request = { ...withArguments(values)(REFUND_REQUEST), run: unlimited };
      expect(decide(policy, request)).toMatchObject({ reason: "condition_failed", failedFact: "argument:x" });
    }
  });
});
