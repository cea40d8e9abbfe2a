import { type DecisionRequest, ceilingAllows } from "@watchword/core";
import { capabilityOf } from "./ceiling-for.ts";
import type { GrantCheck } from "./grant-check.ts";
import { type CompiledGrant, type PolicyIndex, delegationKey, grantKey } from "./policy.ts";

/**
 * What a subagent's grant needs besides its own conditions, by the policy as it is now: a rule for every hop of the chain,
 * the grant named by the last one, and every ancestor still allowed the same itself. A root run needs none of it.
 */
export function* delegationChecks(
  policy: PolicyIndex,
  grant: CompiledGrant,
  request: DecisionRequest,
): Generator<GrantCheck> {
  const { chain, depth } = request.run;
  if (depth === 0 && chain.length <= 1) return;
  const check = (name: string, passed: boolean, required: string, held: string): GrantCheck => ({
    check: `delegation ${name}`,
    passed,
    required,
    held,
    reason: "capability_exceeded",
    failedFact: "delegation",
  });
  yield check(
    "chain",
    chain.length === depth + 1 && chain.at(-1) === request.agent.id,
    "one agent for each level",
    chain.join(" > "),
  );
  for (const [level, child] of chain.entries()) {
    const parent = chain[level - 1];
    if (parent === undefined) continue;
    const rule = policy.delegations.get(delegationKey(parent, child));
    yield check(
      `${parent} > ${child}`,
      rule !== undefined && level <= rule.depth,
      rule === undefined ? "a delegation rule" : `depth ${rule.depth} at most`,
      rule === undefined ? "none" : `depth ${level}`,
    );
    if (level === depth)
      yield check("grant", rule?.grants.has(grant.id) === true, "named by the delegation rule", grant.id);
  }
  for (const ancestor of chain.slice(0, -1))
    yield check(
      `within ${ancestor}`,
      mayItself(policy, ancestor, request),
      "every ancestor may do the same",
      ancestor,
    );
}

/** Whether some grant of the ancestor covers the action, whatever its conditions: the child's are looked at by its own. */
function mayItself(policy: PolicyIndex, ancestor: string, { action, tenant }: DecisionRequest): boolean {
  const grants = policy.index.get(grantKey(ancestor, action.system, action.operation)) ?? [];
  return ceilingAllows(
    grants.flatMap((grant) => (grant.shadow ? [] : (capabilityOf(grant, tenant) ?? []))),
    action,
  );
}
