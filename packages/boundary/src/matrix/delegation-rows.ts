import type { Capability } from "@watchword/core";
import type { Policy } from "@watchword/policy";
import type { Situation } from "../situation.ts";
import { type Change, type GrantMatter, capabilityOf } from "./grant-matter.ts";

type Rule = Policy["document"]["delegation"][number];

/** Delegation: children that are not declared, too deep, wider, without their parent, or alive for too long. */
export function delegationRows(matter: GrantMatter): Change[] {
  const { policy, grant } = matter;
  const rules = policy.document.delegation.filter((rule) => mayStart(matter, rule));
  return [
    ...undeclared(matter),
    ...rules
      .filter(({ child, grants }) => grants.includes(grant.id) && grant.agents.includes(child))
      .flatMap((rule) => granted(matter, rule)),
    ...rules
      .filter(({ parent, grants }) => grant.agents.includes(parent) && !grants.includes(grant.id))
      .flatMap((rule) => parentOnly(matter, rule)),
  ];
}

/** The baseline of a child, where the rule leaves it the grant. */
function childBaseline({ baseline }: GrantMatter, { parent, child }: Rule): Situation {
  return { ...baseline, via: [parent], agent: child };
}

function granted(matter: GrantMatter, rule: Rule): Change[] {
  const baseline = childBaseline(matter, rule);
  const name = `${rule.parent}-${rule.child}`;
  const ttl = matter.policy.delegations.get(JSON.stringify([rule.parent, rule.child]))?.ttlSeconds ?? 0;
  const capability = capabilityOf(matter);
  const rows: Change[] = [
    {
      fact: "delegation",
      mutation: `parent-ended-${name}`,
      title: "a child whose parent has ended",
      baseline,
      mutated: { ...baseline, run: "parent-ended" },
      expected: ["run_ended"],
    },
    {
      fact: "delegation",
      mutation: `outlived-${name}`,
      title: "a child after the end that its rule sets",
      baseline,
      mutated: { ...baseline, run: "expired", lived: ttl + 1 },
      expected: ["token_expired", "run_ended"],
    },
  ];
  if (capability !== undefined)
    rows.push({
      fact: "delegation",
      mutation: `wider-${name}`,
      title: "a child that asks for more than its parent has",
      baseline,
      mutated: { ...baseline, ceiling: [wider(capability)] },
      expected: ["capability_exceeded"],
    });
  return [...rows, ...tooDeep(matter, rule)];
}

/** Without any bound, or by one unit over one. */
function wider(capability: Capability): Capability {
  return { ...capability, resource: {}, limits: {}, operation: capability.operation };
}

/** A chain of rules that is one longer than the last of them allows. */
function tooDeep({ policy, baseline }: GrantMatter, rule: Rule): Change[] {
  const chain = chainTo(policy.document.delegation, rule.parent, rule.depth);
  if (chain === undefined) return [];
  return [
    {
      fact: "delegation",
      mutation: `depth-${rule.parent}-${rule.child}`,
      title: `a child at depth ${rule.depth + 1}`,
      baseline: childBaseline({ baseline } as GrantMatter, rule),
      mutated: { ...baseline, via: chain, agent: rule.child },
      expected: ["capability_exceeded"],
    },
  ];
}

/** Agents of a chain of declared rules at whose end `agent` is at this depth. */
function chainTo(rules: readonly Rule[], agent: string, depth: number): readonly string[] | undefined {
  if (depth === 0) return [agent];
  for (const { parent, child, depth: allowed } of rules) {
    if (child !== agent || depth > allowed) continue;
    const above = chainTo(rules, parent, depth - 1);
    if (above !== undefined) return [...above, agent];
  }
  return undefined;
}

/** The child does what only its parent may. */
function parentOnly({ policy, grant, baseline }: GrantMatter, { parent, child }: Rule): Change[] {
  const has = policy.grants.some(
    ({ agents, system, operation, shadow }) =>
      !shadow && agents.includes(child) && system === grant.system && operation === grant.operation,
  );
  return [
    {
      fact: "delegation",
      mutation: `parents-grant-${parent}-${child}`,
      title: `${child} does what only ${parent} may`,
      mutated: { ...baseline, via: [parent], agent: child },
      expected: [has ? "capability_exceeded" : "not_granted"],
    },
  ];
}

/** A child that no rule lets the agent start. */
function undeclared({ policy, workload, agent, baseline }: GrantMatter): Change[] {
  const agents = policy.document.workloads[workload]?.agents ?? [];
  const known = new Set(
    policy.document.delegation.flatMap(({ parent, child }) => (parent === agent ? [child] : [])),
  );
  return [
    ...agents
      .filter((child) => !known.has(child))
      .map((child): Change => ({
        fact: "delegation",
        mutation: `undeclared-${agent}-${child}`,
        title: `a child ${child} that no rule lets ${agent} start`,
        mutated: { ...baseline, via: [agent], agent: child },
        expected: ["not_granted"],
      })),
    {
      fact: "delegation",
      mutation: `unknown-${agent}`,
      title: "a child that nobody declared",
      mutated: { ...baseline, via: [agent], agent: "boundary-nobody" },
      expected: ["agent_not_allowed"],
    },
  ];
}

function mayStart({ policy, workload }: GrantMatter, { parent, child }: Rule): boolean {
  const agents = policy.document.workloads[workload]?.agents ?? [];
  return agents.includes(parent) && agents.includes(child);
}
