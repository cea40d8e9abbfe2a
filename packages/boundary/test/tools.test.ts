import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { expect, test } from "vitest";
import { type ToolsModule, boundary, runBoundary, terminalReport } from "../src/index.ts";
import { boundaryExamples, lookup, refund } from "./app-tools.ts";
import { toolsUrl } from "../src/tools/tools-url.ts";
import { code } from "./code.ts";
import { failuresOf } from "./failures-of.ts";
import { payments } from "./payments.ts";
import { CODE, PAYMENTS, policyOf } from "./policies.ts";

const TOOLS: ToolsModule = () => import("./app-tools.ts");
const module =
  (exported: object): ToolsModule =>
  () =>
    Promise.resolve(exported);

test.for([
  ["payments", PAYMENTS, { payments }, ["refund:by-refund", "read:by-lookup"]],
  ["code", CODE, { code }, ["merge-after-evals:by-merge", "research-reads:by-read"]],
] as const)(
  "what the policy for %s forbids is refused to a model that calls the app's own tools; what it allows is what they are for",
  { timeout: 240_000 },
  async ([, text, systems, only]) => {
    const suite = boundary({ policy: policyOf(text), systems, tools: TOOLS }, (b) => {
      b.matrix();
      b.noStandingSecret();
    });
    const report = await runBoundary(suite, { only });
    expect(failuresOf(report)).toEqual([]);
    expect(report).toMatchObject({ passed: true, missing: [], world: { ledgerIntact: true, leaks: [] } });
    expect(report.baselines.map(({ attempt }) => attempt.toolProblem)).not.toContain(undefined);
    const reasons = new Map(report.rows.map(({ row, attempt }) => [row.id, attempt.reason]));
    expect(Object.fromEntries(reasons)).toMatchObject(REFUSED[text === CODE ? "code" : "payments"]);
  },
);

/** Some of them, each by what it is refused for. */
const REFUSED = {
  payments: {
    "refund/tenant/by-refund-foreign-object": "tenant_mismatch",
    "refund/tenant/by-refund-run-of-another-tenant": "tenant_mismatch",
    "refund/agent/by-refund-other-reader": "not_granted",
    "refund/user/by-refund-none": "user_required",
    "refund/run/by-refund-ended": "run_ended",
    "refund/run/by-refund-outside": "no_run",
    "refund/argument/by-refund-amount-over-limit": "limit_exceeded",
    "refund/approval/by-refund-none": "approval_required",
    "refund/approval/by-refund-self": "approval_self",
    "refund/approval/by-refund-expired": "approval_expired",
    "refund/budget/by-refund-exceeded": "budget_exceeded",
    "refund/once/by-refund-repeated": "already_done",
    "read/tenant/by-lookup-foreign-object": "tenant_mismatch",
  },
  code: {
    "merge-after-evals/evidence/by-merge-red": "eval_red",
    "merge-after-evals/run/by-merge-killed": "run_ended",
    "research-reads/time/by-read-before-window": "outside_window",
    "research-reads/argument/by-read-path-sibling": "condition_failed",
    "research-reads/argument/by-read-path-dots": "binding_failed",
  },
};

test("a grant that no tool reaches is told, and goes through exchanges as before", async () => {
  const suite = boundary(
    {
      policy: policyOf(PAYMENTS),
      systems: { payments },
      tools: module({ lookup, boundaryExamples: { lookup: boundaryExamples["lookup"] } }),
    },
    (b) => b.matrix(),
  );
  const report = await runBoundary(suite, { only: ["refund:time"] });
  expect(report.unreached).toEqual([
    { grant: "refund", reason: "no tool's binding names payments/refunds.create" },
  ]);
  expect(report.passed).toBe(true);
  expect(terminalReport(report)).toContain("not through a tool: refund: no tool's binding names");
});

test("a tool without an example, one without a guard, and examples of nobody are missing, with what to add", async () => {
  const bare = { name: "bare", execute: () => ({}) };
  const [told] = boundaryExamples["lookup"] ?? [];
  const suite = boundary(
    {
      policy: policyOf(PAYMENTS),
      systems: { payments },
      tools: module({
        refund,
        bare,
        lookup,
        boundaryExamples: { reefund: [], lookup: [{ ...told, args: {} }] },
      }),
    },
    (b) => b.matrix(),
  );
  const report = await runBoundary(suite, { only: ["read:time"] });
  expect(report.passed).toBe(false);
  expect(report.missing).toEqual([
    { grant: "*", missing: expect.stringContaining("tool bare has no guard") as string },
    {
      grant: "*",
      missing: expect.stringContaining(
        "reefund, which is no guarded tool of the module; there are refund, lookup",
      ) as string,
    },
    {
      grant: "read",
      missing: expect.stringContaining(
        'how tenant/foreign-object would be said; add changed: { "tenant/foreign-object"',
      ) as string,
    },
    { grant: "read", missing: expect.stringContaining("tenant/nobodys-object") as string },
    {
      grant: "refund",
      missing: expect.stringMatching(
        /^tool refund: it has no example; add one .*\{ refund: \[\{ args: \{ … \}, action: \{ operation: "payments\/refunds\.create"/,
      ) as string,
    },
  ]);
});

test.for([
  ["exports no tool", { nothing: 1 }, /exports none/],
  [
    "has examples of another shape",
    { lookup, boundaryExamples: { lookup: [{ arguments: {} }] } },
    /boundaryExamples: lookup\.0/,
  ],
  [
    "expects what is no value of an action",
    {
      lookup,
      boundaryExamples: {
        lookup: [
          { args: {}, action: { operation: "payments/charges.retrieve", arguments: { amount: 0.5 } } },
        ],
      },
    },
    /boundaryExamples: lookup\.0\.action\.arguments/,
  ],
] as const)("a module that %s is refused before anything runs", async ([, exported, message]) => {
  const suite = boundary(
    { policy: policyOf(PAYMENTS), systems: { payments }, tools: module(exported) },
    (b) => b.matrix(),
  );
  await expect(runBoundary(suite)).rejects.toThrow(message);
});

test("a guard that sees no run within one is told to be of another copy of the middleware", async () => {
  const foreign = {
    name: "lookup_charge",
    execute: Object.assign(() => ({ error: "access_denied", reason: "no_run", retryable: false }), {
      [Symbol.for("watchword.guarded")]: true,
      [Symbol.for("watchword.tool-binding")]: {
        tool: "lookup_charge",
        system: "payments",
        operation: stripeCatalogue.operations.chargesRetrieve,
      },
    }),
  };
  const tools = module({ lookup: foreign, boundaryExamples: { lookup: boundaryExamples["lookup"] } });
  const suite = boundary({ policy: policyOf(PAYMENTS), systems: { payments }, tools }, (b) => b.matrix());
  const report = await runBoundary(suite, { only: ["read/run/by-lookup-outside"] });
  expect(report.passed).toBe(false);
  expect(report.baselines[0]?.attempt).toMatchObject({
    outcome: "refused",
    reason: "no_run",
    detail: expect.stringContaining("another copy of @watchword/middleware") as string,
  });
});

test("cells find the module of tools by its URL, or by the one import that a function makes", () => {
  const beside = new URL("file:///app/boundary.config.ts");
  const written = (text: string): ToolsModule =>
    Object.assign(() => Promise.resolve({}), { toString: () => text });
  expect(toolsUrl(new URL("file:///app/tools.ts"), beside).href).toBe("file:///app/tools.ts");
  expect(toolsUrl(written('() => import("./src/tools.ts")'), beside).href).toBe("file:///app/src/tools.ts");
  expect(toolsUrl(written("async () => import('../tools.js')"), beside).href).toBe("file:///tools.js");
  for (const text of [
    '() => import("tools")',
    '() => import("./a.ts").then(change)',
    "() => import(path)",
    '() => import("./" + name)',
  ])
    expect(() => toolsUrl(written(text), beside)).toThrow(/new URL\("\.\/tools\.ts", import\.meta\.url\)/);
});
