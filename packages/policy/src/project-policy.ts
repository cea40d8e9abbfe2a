import type { Policy } from "./policy.ts";
import type { ArgumentRule, DelegationRule, Grant } from "./policy-document.ts";
import { agentsOf } from "./grant-conditions.ts";
import { PROJECTION_VERSION, type ProjectedGrant, type ProjectionDocument } from "./projection-document.ts";
import { parseTemplate } from "./template.ts";

/**
 * What concerns these agents, as plain JSON for runtimes: their grants without what only the broker can know, and the
 * delegation rules from and to them. The same policy and agents give the same document.
 *
 * INVARIANT: conditions are only left out, never added or narrowed, and no grant that can allow is left out: what a projection
 * denies, the policy denies.
 */
export function projectPolicy(policy: Policy, agents: readonly string[]): ProjectionDocument {
  const concerned = new Set(agents);
  const positions = new Set(agents.flatMap((agent) => policy.ofAgent.get(agent) ?? []));
  return {
    projection: PROJECTION_VERSION,
    policyVersion: policy.version,
    agents: [...concerned].toSorted(),
    grants: [...positions]
      .toSorted((a, b) => a - b)
      .flatMap((position) => policy.document.grants[position] ?? [])
      // A shadow grant never allows, so a runtime need not know of it.
      .filter(({ mode }) => mode !== "shadow")
      .map((grant) => projected(grant, concerned)),
    delegation: policy.document.delegation
      .filter(({ parent, child }) => concerned.has(parent) || concerned.has(child))
      .map(({ ttl: _, ...rule }: DelegationRule) => rule),
  };
}

function projected(grant: Grant, concerned: ReadonlySet<string>): ProjectedGrant {
  const agents = agentsOf(grant).filter((agent) => concerned.has(agent));
  const where = Object.entries(grant.where ?? {}).flatMap(([path, { ownedBy: _, ...rule }]) =>
    Object.keys(rule).length === 0 ? [] : [[path, rule] as [string, ArgumentRule]],
  );
  return {
    id: grant.id,
    agents,
    operation: grant.operation,
    // What names the tenant's connection the runtime cannot fill in: accounts and settings are the broker's.
    resource: Object.fromEntries(
      Object.entries(grant.resource).filter(([, text]) => parseTemplate(text).systems.length === 0),
    ),
    ...(where.length === 0 ? {} : { where: Object.fromEntries(where) }),
    ...(grant.user === undefined ? {} : { user: grant.user }),
    ...(grant.background === undefined ? {} : { background: grant.background }),
    ...(grant.window === undefined ? {} : { window: grant.window }),
  };
}
