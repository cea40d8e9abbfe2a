import type { Decision, DecisionRequest, Explanation, Facts, ValueMap } from "@watchword/core";
import { ceilingFor, parsePolicy } from "../src/index.ts";
import { REFUND_POLICY } from "./refund-policy.ts";

export const ACME = { id: "acme", systems: { payments: { account: "acct_acme" } } };
export const GLOBEX = { id: "globex", systems: { payments: { account: "acct_globex" } } };

export const refundPolicy = parsePolicy([{ name: "policy.yaml", text: REFUND_POLICY }]);

/** Wednesday, 11:00 in Berlin: dana asks for a refund of 42.00 USD of a charge of her own tenant. Allowed as it stands. */
export const REFUND_REQUEST: DecisionRequest = frozen({
  tenant: ACME,
  agent: { id: "support", version: "3" },
  workload: "runtime",
  principal: { kind: "user", issuer: "https://login.example", subject: "dana" },
  run: {
    id: "run_1",
    root: "run_1",
    background: false,
    assurance: "verified",
    depth: 0,
    chain: ["support"],
    ceiling: ceilingFor(refundPolicy, "support", ACME),
  },
  action: {
    system: "payments",
    operation: "refunds.create",
    resource: { account: "acct_acme" },
    arguments: { charge: "ch_1", amount: { minor: 4_200, currency: "USD" } },
  },
  access: "write",
  facts: { owners: { charge: "tenant" }, values: { remaining: { minor: 4_200, currency: "USD" } } },
  now: seconds("2026-03-04T10:00:00Z"),
});

export type Change = (request: DecisionRequest) => DecisionRequest;

export const withArguments =
  (values: ValueMap): Change =>
  (request) => ({ ...request, action: { ...request.action, arguments: values } });

export const withAction =
  (part: Partial<DecisionRequest["action"]>): Change =>
  (request) => ({ ...request, action: { ...request.action, ...part } });

export const withOwners =
  (owners: Facts["owners"]): Change =>
  (request) => ({ ...request, facts: { ...request.facts, owners } });

export const withRun =
  (part: Partial<DecisionRequest["run"]>): Change =>
  (request) => ({ ...request, run: { ...request.run, ...part } });

export const withTenant =
  (tenant: DecisionRequest["tenant"]): Change =>
  (request) => ({ ...request, tenant });

export const at =
  (instant: string): Change =>
  (request) => ({ ...request, now: seconds(instant) });

/** NumericDate of an RFC 3339 instant. */
export function seconds(instant: string): number {
  return Date.parse(instant) / 1_000;
}

/** The same value, which nobody can change any more. */
export function frozen<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}

/** What each grant's checks were, with `!` before the one that failed: `refund: resource.account, !user`. */
export function checksOf(decision: Decision): string[] {
  const name = ({ check, passed }: Explanation): string => (passed ? check : `!${check}`);
  return (decision.explanation.children ?? []).map(
    (grant) => `${grant.check}: ${(grant.children ?? []).map(name).join(", ")}`,
  );
}
