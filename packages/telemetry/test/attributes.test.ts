import {
  ATTRIBUTES,
  credentialAttributes,
  decisionAttributes,
  principalAttributes,
} from "@watchword/telemetry";
import { expect, test } from "vitest";
import { acme } from "./recording.ts";

test("every attribute is one of the conventions' or has our prefix, and none stands for a token or a txn", () => {
  const conventions = /^(gen_ai\.|user\.hash$|error\.type$|exception\.type$|server\.address$)/;
  for (const name of Object.values(ATTRIBUTES)) {
    expect(conventions.test(name) || name.startsWith("watchword.")).toBe(true);
    expect(name).not.toMatch(/token|txn|secret|handle|proof|assertion|arguments/);
  }
  expect(new Set(Object.values(ATTRIBUTES)).size).toBe(Object.values(ATTRIBUTES).length);
});

test("a principal is said by names: agent, run, root, tenant, thread, kind, keyed hash, depth and chain", () => {
  const child = {
    ...acme,
    agent: "refund-lookup@1",
    run: "run_2",
    root: "run_1",
    parent: "run_1",
    depth: 1,
    chain: ["support", "refund-lookup"],
  };
  expect(principalAttributes(child)).toEqual({
    "gen_ai.agent.id": "refund-lookup@1",
    "gen_ai.agent.name": "refund-lookup",
    "gen_ai.agent.version": "1",
    "gen_ai.conversation.id": "thread_1",
    "user.hash": "hash_1",
    "watchword.tenant.id": "acme",
    "watchword.run.id": "run_2",
    "watchword.run.root_id": "run_1",
    "watchword.run.parent_id": "run_1",
    "watchword.run.background": false,
    "watchword.principal.kind": "user",
    "watchword.delegation.depth": 1,
    "watchword.delegation.chain": ["support", "refund-lookup"],
  });
  expect(principalAttributes(acme)).toMatchObject({ "watchword.run.root_id": "run_1" });
  expect(principalAttributes(acme)).not.toHaveProperty("watchword.run.parent_id");
});

test("a decision is said with its reason, versions and states; only a denial has an error type", () => {
  const action = { actionDigest: "digest_1", system: "payments", operation: "refunds.create" };
  const states = { policyVersion: "policy_1", approval: "granted", evidence: "none" } as const;
  const allowed = decisionAttributes({ decisionId: "dec_1", outcome: "allow", ...states, ...action });
  expect(allowed).toEqual({
    "watchword.decision.id": "dec_1",
    "watchword.decision.outcome": "allow",
    "watchword.policy.version": "policy_1",
    "watchword.approval.state": "granted",
    "watchword.evidence.state": "none",
    "watchword.action.digest": "digest_1",
    "watchword.action.system": "payments",
    "watchword.action.operation": "refunds.create",
  });
  expect(decisionAttributes({ decisionId: "dec_2", outcome: "deny", reason: "not_granted" })).toEqual({
    "watchword.decision.id": "dec_2",
    "watchword.decision.outcome": "deny",
    "watchword.decision.reason": "not_granted",
    "error.type": "not_granted",
  });
  const waiting = { decisionId: "dec_3", outcome: "approval_required", reason: "approval_required" } as const;
  expect(decisionAttributes(waiting)).not.toHaveProperty("error.type");
});

test("a credential is said by kind, audience, scope, ends, fingerprint and custody", () => {
  const said = credentialAttributes({
    kind: "installation-token",
    audience: "https://api.github.com",
    scope: ["pull_requests:write"],
    expiresAt: 1_800_003_600,
    leaseId: "lease_1",
    leaseExpiresAt: 1_800_000_060,
    fingerprint: "0123456789abcdef",
    custody: "gateway",
  });
  expect(said).toEqual({
    "watchword.credential.kind": "installation-token",
    "watchword.credential.audience": "https://api.github.com",
    "watchword.credential.scope": ["pull_requests:write"],
    "watchword.credential.expires_at": 1_800_003_600,
    "watchword.credential.fingerprint": "0123456789abcdef",
    "watchword.credential.custody": "gateway",
    "watchword.lease.id": "lease_1",
    "watchword.lease.expires_at": 1_800_000_060,
  });
});
