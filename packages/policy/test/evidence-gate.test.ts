import type { DecisionRequest, EvidenceFact } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { decide, evidenceFor, parsePolicy } from "../src/index.ts";
import { refundPolicy } from "./refund-request.ts";

const policy = parsePolicy([
  {
    name: "policy.yaml",
    text: `watchword: 1
systems: { code: { adapter: github } }
agents: { coder: {} }
workloads: { runtime: { identity: { localKey: dev }, agents: [coder], tenant: { fixed: acme } } }
evidence:
  evals: { issuer: github-actions, repositoryId: "123", workflow: .github/workflows/evals.yml, ref: refs/heads/main }
grants:
  - id: merge
    agent: coder
    operation: code/pull_requests.merge
    resource: { repository: "\${tenant.code.organization}/app" }
    evidence: { source: evals, result: pass, commit: facts.head, maxAge: 2h }
    lease: { action: 60s }
`,
  },
]);
const HEAD = "a".repeat(40);
const NOW = 1_000_000;
const green: EvidenceFact = { state: "pass", commit: HEAD, finishedAt: NOW - 60, detail: "run 1" };

function decided(
  evidence: DecisionRequest["evidence"],
  values: DecisionRequest["facts"]["values"] = { head: HEAD },
) {
  return decide(policy, {
    tenant: { id: "acme", systems: { code: { organization: "acme-inc", account: "acme-inc" } } },
    agent: { id: "coder", version: "1" },
    workload: "runtime",
    principal: { kind: "agent", issuer: "urn:broker", subject: "coder" },
    run: {
      id: "run_1",
      root: "run_1",
      background: false,
      assurance: "verified",
      depth: 0,
      chain: ["coder"],
      ceiling: [{ system: "code", operation: "pull_requests.merge", resource: {}, limits: {} }],
    },
    action: {
      system: "code",
      operation: "pull_requests.merge",
      resource: { repository: "acme-inc/app" },
      arguments: { number: 7 },
    },
    access: "write",
    facts: { owners: {}, values },
    ...(evidence === undefined ? {} : { evidence }),
    now: NOW,
  });
}

describe("a write behind an eval gate", () => {
  test("is allowed when the declared source is green for the commit that the broker read", () => {
    expect(decided({ evals: green })).toMatchObject({
      outcome: "allow",
      evidence: { source: "evals", commit: HEAD, maxAgeSeconds: 7_200 },
    });
  });

  test.for<[string, DecisionRequest["evidence"]]>([
    ["nothing was read", undefined],
    ["only another source was read", { other: green }],
    ["the source is red", { evals: { ...green, state: "fail" } }],
    ["there is no result", { evals: { ...green, state: "missing", finishedAt: null } }],
    ["the result is about another commit", { evals: { ...green, commit: "b".repeat(40) } }],
    ["it says the same commit in other letters", { evals: { ...green, commit: HEAD.toUpperCase() } }],
    ["the result is too old", { evals: { ...green, finishedAt: NOW - 7_201 } }],
    ["the result is from the future", { evals: { ...green, finishedAt: NOW + 3_600 } }],
    ["nobody knows when it finished", { evals: { ...green, finishedAt: null } }],
  ])("is eval_red when %s", ([, evidence]) => {
    expect(decided(evidence)).toMatchObject({ outcome: "deny", reason: "eval_red", failedFact: "evidence" });
  });

  test("is eval_pending, and nothing else, while the declared source runs for that commit", () => {
    const running: EvidenceFact = { ...green, state: "pending", finishedAt: null };
    expect(decided({ evals: running })).toMatchObject({ reason: "eval_pending", failedFact: "evidence" });
    expect(decided({ evals: { ...running, commit: "b".repeat(40) } })).toMatchObject({ reason: "eval_red" });
  });

  test.for([[{}], [{ head: "" }], [{ head: 1 }], [{ head: { sha: HEAD } }]] as const)(
    "is eval_red when the broker read no commit: %j",
    ([values]) => {
      expect(decided({ evals: green }, values)).toMatchObject({ outcome: "deny", reason: "eval_red" });
    },
  );

  test("rests on facts that an approval binds: another commit or state is another digest, a repeated run is not", () => {
    const digest = (fact: EvidenceFact): string => decided({ evals: fact }).factsDigest;
    expect(digest({ ...green, finishedAt: NOW - 5, detail: "run 2" })).toBe(digest(green));
    expect(digest({ ...green, state: "fail" })).not.toBe(digest(green));
    expect(digest({ ...green, commit: "b".repeat(40) })).not.toBe(digest(green));
  });

  test("says which sources its call needs, and the fact that names the commit", () => {
    expect([...evidenceFor(policy, "coder", "code", "pull_requests.merge")]).toMatchObject([
      ["evals", { declared: { issuer: "github-actions" }, commit: ["head"] }],
    ]);
    expect(evidenceFor(policy, "coder", "code", "issues.create").size).toBe(0);
    expect(evidenceFor(refundPolicy, "support", "payments", "refunds.create").size).toBe(0);
  });
});
