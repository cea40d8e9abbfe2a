import type { Capability, Ceiling, Limit } from "@watchword/core";
import type { CompiledDelegation, CompiledGrant, Policy } from "./policy.ts";
import { type TemplateTenant, fillTemplate } from "./template.ts";

/**
 * What an agent may ask for at most in a tenant, materialised: a capability per grant. A grant whose resource needs a
 * connection that the tenant does not have gives nothing.
 */
export function ceilingFor(policy: Policy, agent: string, tenant: TemplateTenant): Ceiling {
  return grantsOf(policy, agent).flatMap((grant) => capabilityOf(grant, tenant) ?? []);
}

/** As {@link ceilingFor}, of those grants only that a delegation rule leaves to the child. */
export function ceilingUnder(
  policy: Policy,
  rule: CompiledDelegation,
  child: string,
  tenant: TemplateTenant,
): Ceiling {
  return grantsOf(policy, child)
    .filter(({ id }) => rule.grants.has(id))
    .flatMap((grant) => capabilityOf(grant, tenant) ?? []);
}

/** An agent's grants that can allow. */
function grantsOf(policy: Policy, agent: string): CompiledGrant[] {
  return (policy.ofAgent.get(agent) ?? []).flatMap((position) => {
    const grant = policy.grants[position];
    return grant === undefined || grant.shadow ? [] : [grant];
  });
}

/** What one grant allows at most in a tenant; `undefined` when it allows nothing there. */
export function capabilityOf(grant: CompiledGrant, tenant: TemplateTenant): Capability | undefined {
  const resource: Record<string, string[]> = {};
  for (const [field, template] of grant.resource) {
    const value = fillTemplate(template, tenant);
    if (value === undefined) return undefined;
    resource[field] = [value];
  }
  return { system: grant.system, operation: grant.operation, resource, limits: limitsOf(grant) };
}

function limitsOf(grant: CompiledGrant): Record<string, Limit> {
  const limits: Record<string, Limit> = {};
  for (const [name, rule] of grant.rules) {
    if (rule.maxMoney !== undefined) limits[name] = { max: rule.maxMoney };
    else if (rule.in !== undefined) limits[name] = { in: rule.in };
    else if (typeof rule.equals === "string" && rule.equals !== "") limits[name] = { in: [rule.equals] };
  }
  return limits;
}
