import { formatMoney, parseMoney } from "@watchword/core";
import { parseDuration } from "./duration.ts";
import { agentsOf } from "./grant-conditions.ts";
import { type Policy, compilePolicy } from "./policy.ts";
import type { ArgumentRule, DelegationRule, Grant } from "./policy-document.ts";

/** A policy that is wider in one place: what a test of it must notice. */
export interface PolicyMutation {
  /** `refund-own-tenant/where.args.amount.max`: stable. */
  readonly id: string;
  readonly grant: string;
  /** Where in the grant, or in the delegation rule. */
  readonly path: readonly string[];
  /** `args.amount max raised from 200.00 USD to 2000.00 USD` */
  readonly change: string;
  readonly policy: Policy;
}

interface Wider {
  readonly path: readonly string[];
  readonly change: string;
  readonly grant: Grant;
}

/** How much further a limit goes. */
const FACTOR = 10;

/**
 * Every policy that is this one with one grant wider by one step: a condition dropped, a limit raised, a matcher or an agent
 * more, a lease or an approval that lasts longer, a subagent that may more. What is in shadow allows nothing and is left alone.
 */
export function mutatePolicy(policy: Policy): PolicyMutation[] {
  const { document } = policy;
  const agents = Object.keys(document.agents);
  const mutations: PolicyMutation[] = [];
  for (const [index, grant] of document.grants.entries()) {
    if (grant.mode === "shadow") continue;
    for (const wider of widerGrants(grant, agents)) {
      const grants = document.grants.with(index, wider.grant);
      mutations.push({
        id: `${grant.id}/${wider.path.join(".")}${wider.change.startsWith("agent ") ? `+${wider.change.split(" ")[1] ?? ""}` : ""}`,
        grant: grant.id,
        path: wider.path,
        change: wider.change,
        policy: compilePolicy({ ...document, grants }, policy.locate),
      });
    }
  }
  return [...mutations, ...widerDelegations(policy)];
}

function* widerGrants(grant: Grant, agents: readonly string[]): Generator<Wider> {
  for (const agent of agents) {
    const known = agentsOf(grant);
    if (known.includes(agent)) continue;
    yield {
      path: ["agent"],
      change: `agent ${agent} may do it, too`,
      grant: { ...grant, agent: [...known, agent] },
    };
  }
  for (const field of Object.keys(grant.resource))
    yield {
      path: ["resource", field],
      change: `resource.${field} is not looked at`,
      grant: { ...grant, resource: without(grant.resource, field) },
    };
  for (const [path, rule] of Object.entries(grant.where ?? {}))
    for (const { member, change, next } of widerRules(rule))
      yield {
        path: ["where", path, member],
        change: `${path} ${change}`,
        grant: {
          ...grant,
          where:
            Object.keys(next).length === 0
              ? without(grant.where ?? {}, path)
              : { ...grant.where, [path]: next },
        },
      };
  for (const member of ["user", "background", "window", "approval", "evidence", "budget", "once"] as const)
    if (grant[member] !== undefined)
      yield { path: [member], change: `${member} is not looked at`, grant: without(grant, member) };
  yield* laterOrMore(grant);
}

function* laterOrMore(grant: Grant): Generator<Wider> {
  const { approval, evidence, budget, lease } = grant;
  for (const [path, { over }] of Object.entries(approval?.when ?? {}))
    if (approval !== undefined)
      yield {
        path: ["approval", "when", path],
        change: `approval asked for over ${raised(over)} instead of ${over}`,
        grant: {
          ...grant,
          approval: { ...approval, when: { ...approval.when, [path]: { over: raised(over) } } },
        },
      };
  if (approval !== undefined)
    yield {
      path: ["approval", "expires"],
      change: `approval good for ${longer(approval.expires)} instead of ${approval.expires}`,
      grant: { ...grant, approval: { ...approval, expires: longer(approval.expires) } },
    };
  if (evidence !== undefined)
    yield {
      path: ["evidence", "maxAge"],
      change: `evidence good for ${longer(evidence.maxAge)} instead of ${evidence.maxAge}`,
      grant: { ...grant, evidence: { ...evidence, maxAge: longer(evidence.maxAge) } },
    };
  if (budget !== undefined)
    yield {
      path: ["budget", "max"],
      change: `budget raised from ${budget.max} to ${raised(budget.max)}`,
      grant: { ...grant, budget: { ...budget, max: raised(budget.max) } },
    };
  for (const member of ["action", "run", "grace"] as const) {
    const held = lease[member];
    if (held !== undefined)
      yield {
        path: ["lease", member],
        change: `${member === "grace" ? "grace" : "lease"} of ${longer(held)} instead of ${held}`,
        grant: { ...grant, lease: { ...lease, [member]: longer(held) } },
      };
  }
  const { job } = lease;
  if (job !== undefined)
    yield {
      path: ["lease", "job", "max"],
      change: `lease prolonged to ${longer(job.max)} instead of ${job.max}`,
      grant: { ...grant, lease: { ...lease, job: { ...job, max: longer(job.max) } } },
    };
}

function* widerRules(
  rule: ArgumentRule,
): Generator<{ readonly member: string; readonly change: string; readonly next: ArgumentRule }> {
  for (const [member, value] of Object.entries(rule)) {
    if (value === undefined) continue;
    yield { member, change: `${member} is not looked at`, next: without(rule, member) };
  }
  const { max, min, prefix } = rule;
  if (max !== undefined) {
    const more = typeof max === "string" ? raised(max) : max * FACTOR + 1;
    yield { member: "max*", change: `max raised from ${max} to ${more}`, next: { ...rule, max: more } };
  }
  if (min !== undefined)
    yield {
      member: "min*",
      change: `min lowered from ${min} to ${min - FACTOR}`,
      next: { ...rule, min: min - FACTOR },
    };
  if (prefix !== undefined && prefix !== "/")
    yield { member: "prefix*", change: `prefix widened from ${prefix} to /`, next: { ...rule, prefix: "/" } };
}

function widerDelegations(policy: Policy): PolicyMutation[] {
  const { document } = policy;
  return document.delegation.flatMap((rule, index) => {
    const living = document.grants.filter(({ mode }) => mode !== "shadow");
    // A child's grant that its parent lacks is refused for that, whatever the rule says.
    const ofBoth = living.filter(
      (grant) =>
        agentsOf(grant).includes(rule.child) &&
        living.some((one) => one.operation === grant.operation && agentsOf(one).includes(rule.parent)),
    );
    const more = ofBoth.map(({ id }) => id).filter((id) => !rule.grants.includes(id));
    const changes = [
      // A depth that no chain of rules reaches is no more than it was.
      ...(isReached(document.delegation, rule.parent, rule.depth)
        ? [
            {
              member: "depth",
              change: `depth ${rule.depth + 1} instead of ${rule.depth}`,
              next: { ...rule, depth: rule.depth + 1 },
            },
          ]
        : []),
      {
        member: "ttl",
        change: `${longer(rule.ttl)} instead of ${rule.ttl}`,
        next: { ...rule, ttl: longer(rule.ttl) },
      },
      ...more.map((id) => ({
        member: `grants+${id}`,
        change: `grant ${id} left to the child, too`,
        next: { ...rule, grants: [...rule.grants, id] },
      })),
    ];
    return changes.map(({ member, change, next }): PolicyMutation => ({
      id: `${rule.parent}>${rule.child}/${member}`,
      grant: member.startsWith("grants+") ? member.slice("grants+".length) : (rule.grants[0] ?? ""),
      path: ["delegation", member],
      change: `${rule.parent} > ${rule.child}: ${change}`,
      policy: compilePolicy(
        { ...document, delegation: document.delegation.with(index, next) },
        policy.locate,
      ),
    }));
  });
}

/** Whether some chain of rules leads to an agent at this depth. */
function isReached(rules: readonly DelegationRule[], agent: string, depth: number): boolean {
  if (depth === 0) return true;
  return rules.some(
    (rule) => rule.child === agent && depth <= rule.depth && isReached(rules, rule.parent, depth - 1),
  );
}

function without<Whole extends object>(whole: Whole, name: string): Whole {
  return Object.fromEntries(Object.entries(whole).filter(([member]) => member !== name)) as Whole;
}

function raised(text: string): string {
  const { minor, currency } = parseMoney(text);
  return formatMoney({ minor: minor * FACTOR + 1, currency });
}

function longer(text: string): string {
  return `${parseDuration(text) * FACTOR}s`;
}
