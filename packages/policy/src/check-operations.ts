import type { Catalogue } from "@watchword/core";
import { checkGrantOperation } from "./check-grant-operation.ts";
import { type OperationFacts, type SystemFacts, catalogueFacts } from "./operation-facts.ts";
import type { CompiledGrant, Policy } from "./policy.ts";
import type { PolicyProblem } from "./policy-problem.ts";

/**
 * Checks every grant against the catalogues of the systems that are really there: operations, resource fields, argument
 * names and kinds. A rule that could never match, or never be checked, is an error before anything runs.
 */
export function checkOperations(
  policy: Policy,
  catalogues: Readonly<Record<string, Catalogue>>,
): PolicyProblem[] {
  const facts = new Map(
    Object.entries(catalogues).map(([name, catalogue]) => [name, catalogueFacts(catalogue)]),
  );
  return [...checkSystems(policy, facts), ...checkGrants(policy, facts)];
}

/** The part of {@link checkOperations} that speaks of grants, against facts from wherever. */
export function checkGrants(policy: Policy, facts: SystemFacts): PolicyProblem[] {
  return policy.grants.flatMap((grant) => {
    const known = facts.get(grant.system);
    return known === undefined ? [] : checkGrantOperation(policy, grant, known);
  });
}

function checkSystems(policy: Policy, facts: ReadonlyMap<string, OperationFacts>): PolicyProblem[] {
  const users = new Map<string, CompiledGrant>();
  for (const grant of policy.grants) if (!users.has(grant.system)) users.set(grant.system, grant);
  return Object.entries(policy.document.systems).flatMap(([name, { adapter }]) => {
    const known = facts.get(name);
    const problem = (message: string): PolicyProblem => {
      const user = users.get(name);
      const at =
        user === undefined ? { file: "policy", line: 1, column: 1 } : policy.locate(user.id, ["operation"]);
      return { ...at, message };
    };
    if (known === undefined)
      return [
        problem(`system ${name} is not configured (configured: ${[...facts.keys()].join(", ") || "none"})`),
      ];
    if (known.adapter !== adapter)
      return [problem(`system ${name} is declared as ${adapter} and configured as ${known.adapter}`)];
    return [];
  });
}
