import type { DecisionRequest, Value } from "@watchword/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  type LocalCall,
  type Policy,
  type PolicyDocument,
  type Projection,
  decide,
  denyLocally,
  projectPolicy,
  readProjection,
} from "../src/index.ts";
import { compilePolicy } from "../src/policy.ts";
import { anyPolicy, anyRequest } from "./any-decision.ts";

const compile = (document: PolicyDocument): Policy =>
  compilePolicy(document, () => ({ file: "policy", line: 1, column: 1 }));

/** What the runtime leaves open for the broker to complete, and by how much their clocks differ. */
interface Distance {
  readonly left: readonly string[];
  readonly withoutCurrency: boolean;
  readonly clock: number;
}
const distance: fc.Arbitrary<Distance> = fc.record({
  left: fc.subarray(["account", "region", "charge", "amount", "count", "path"], { maxLength: 2 }),
  withoutCurrency: fc.boolean(),
  clock: fc.integer({ min: -60, max: 60 }),
});

function without<T>(record: Readonly<Record<string, T>>, left: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !left.includes(name)));
}

/** The same action before the broker completed it, as the runtime sees it by its own clock. */
function localCall(request: DecisionRequest, { left, withoutCurrency, clock }: Distance): LocalCall {
  const { action, run, tenant, principal } = request;
  const values = without<Value>(action.arguments, left);
  const amount = values["amount"];
  if (withoutCurrency && typeof amount === "object" && !Array.isArray(amount) && "minor" in amount)
    values["amount"] = { minor: amount["minor"] as number };
  return {
    chain: run.chain,
    tenant: tenant.id,
    principalKind: principal.kind,
    background: run.background,
    action: { ...action, resource: without(action.resource, left), arguments: values },
    now: request.now + clock,
  };
}

/** Sent and read, as a runtime gets it. */
function received(policy: Policy, agents: readonly string[]): Projection {
  const projection = readProjection(JSON.parse(JSON.stringify(projectPolicy(policy, agents))));
  if (projection === undefined) throw new Error("the projection does not read");
  return projection;
}

/** 2,000 policies with five actions each. */
const several = fc.array(fc.tuple(anyRequest, distance), { minLength: 5, maxLength: 5 });

test("what a projection denies, the broker neither allows nor asks a person for, whatever it completes and when", () => {
  const seen = new Map<string, number>();
  fc.assert(
    fc.property(
      anyPolicy,
      several,
      fc.constantFrom(["ada"], ["bob"], ["ada", "bob"]),
      (document, asked, agents) => {
        const policy = compile(document);
        const projection = received(policy, agents);
        for (const [request, apart] of asked) {
          const denied = denyLocally(projection, localCall(request, apart));
          const { outcome } = decide(policy, request);
          if (denied !== undefined) expect(outcome).toBe("deny");
          const name = denied?.reason ?? outcome;
          seen.set(name, (seen.get(name) ?? 0) + 1);
        }
      },
    ),
    { numRuns: 2_000 },
  );
  // Not a comparison of silence with silence: each reason was found, and the broker was asked for what it allows.
  expect([...seen.keys()].toSorted()).toEqual([
    "allow",
    "approval_required",
    "capability_exceeded",
    "condition_failed",
    "deny",
    "limit_exceeded",
    "not_granted",
    "outside_window",
    "tenant_mismatch",
    "user_required",
  ]);
  expect(seen.get("allow")).toBeGreaterThan(100);
});

test("an agent that the projection is not about is not denied by it, and neither is a run without one", () => {
  const policy = compile(fc.sample(anyPolicy, { numRuns: 1, seed: 1 })[0] as PolicyDocument);
  const projection = received(policy, ["ada"]);
  for (const request of fc.sample(anyRequest, { numRuns: 200, seed: 1 })) {
    const call = localCall(request, { left: [], withoutCurrency: false, clock: 0 });
    expect(denyLocally(projection, { ...call, chain: ["ada", "janitor"] })).toBeUndefined();
    expect(denyLocally(projection, { ...call, chain: [] })).toBeUndefined();
  }
});
