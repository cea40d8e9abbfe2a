import type { Grant } from "./policy-document.ts";

/** Members of a grant that say whom and what it is for, or how long: they refuse nothing that it speaks of. */
const NO_CONDITION: ReadonlySet<string> = new Set([
  "id",
  "agent",
  "operation",
  "resource",
  "shared",
  "custody",
  "acceptResidual",
  "acceptAsserted",
  "lease",
  "mode",
]);

/**
 * Names of a grant's conditions beyond agent, operation and resource. A member that is not known here counts as one: a
 * grant is said to be open only when it is.
 */
export function conditionsOf(grant: Grant): string[] {
  return Object.entries(grant)
    .filter(([member, value]) => !NO_CONDITION.has(member) && value !== undefined && !isEmpty(value))
    .map(([member]) => member);
}

/** The agents of a grant, as a list. */
export function agentsOf({ agent }: Grant): readonly string[] {
  return typeof agent === "string" ? [agent] : agent;
}

function isEmpty(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.keys(value).length === 0;
}
