import { type Adapter, findOperation } from "@watchword/core";
import type { PolicyProblem } from "./policy-problem.ts";
import type { CompiledGrant, Policy } from "./policy.ts";

/** What of an adapter says how its credentials may be held, and where its results stand. */
export type CustodyFacts = Pick<Adapter, "catalogue" | "capabilities"> &
  Partial<Pick<Adapter, "readEvidence" | "audience">>;

/**
 * Checks what only the adapters themselves know: whether a credential is for the declared audience, whether it may be released,
 * whether everything that it could do besides is accepted by name, and whether evidence can be read where a grant wants it.
 */
export function checkCustody(
  policy: Policy,
  adapters: Readonly<Record<string, CustodyFacts>>,
): PolicyProblem[] {
  return policy.grants.flatMap((grant) => {
    const adapter = Object.hasOwn(adapters, grant.system) ? adapters[grant.system] : undefined;
    if (adapter === undefined) return [];
    return [
      ...audienceProblems(policy, grant, adapter),
      ...evidenceProblems(policy, grant, adapter),
      ...releaseProblems(policy, grant, adapter),
    ];
  });
}

/** What a policy says of a system's audience is what its grants were written for. */
function audienceProblems(
  policy: Policy,
  { id, system }: CompiledGrant,
  { catalogue, audience }: CustodyFacts,
): PolicyProblem[] {
  const declared = policy.document.systems[system]?.audience;
  if (declared === undefined || declared === audience) return [];
  const configured = audience === undefined ? `${catalogue.adapter} has none` : `configured is ${audience}`;
  return [
    {
      ...policy.locate(id, ["operation"]),
      message: `system ${system} is declared for the audience ${declared}, and ${configured}`,
    },
  ];
}

function evidenceProblems(policy: Policy, grant: CompiledGrant, adapter: CustodyFacts): PolicyProblem[] {
  if (grant.evidence === undefined) return [];
  const declared = policy.document.evidence[grant.evidence.source];
  // What a workflow or the holder of a key says is posted to the broker; an App's checks stand in the system alone.
  if (declared?.issuer !== "github-app" || adapter.readEvidence !== undefined) return [];
  return [
    {
      ...policy.locate(grant.id, ["evidence", "source"]),
      message: `${adapter.catalogue.adapter} keeps no check runs; evidence for ${grant.system} must be posted (issuer: github-actions or dsse)`,
    },
  ];
}

function releaseProblems(policy: Policy, grant: CompiledGrant, adapter: CustodyFacts): PolicyProblem[] {
  const { capabilities, catalogue } = adapter;
  if (grant.custody === "gateway" && capabilities.requests !== "none") return [];
  if (grant.custody === "gateway")
    return [
      {
        ...policy.locate(grant.id, ["operation"]),
        message: `${catalogue.adapter} takes no requests that the gateway could send; say custody: released`,
      },
    ];
  if (capabilities.custody !== "released")
    return [
      {
        ...policy.locate(grant.id, ["custody"]),
        message: `credentials of ${catalogue.adapter} never leave the gateway; leave custody out`,
      },
    ];
  const operation = findOperation(catalogue, grant.operation);
  if (operation === undefined) return [];
  const axes = capabilities.enforcedByGateway.filter(
    (axis) =>
      axis === "operation" ||
      Object.hasOwn(operation.arguments.shape, axis) ||
      Object.hasOwn(operation.resource, axis),
  );
  const missing = axes.filter((axis) => !grant.acceptResidual.includes(axis));
  if (missing.length === 0) return [];
  return [
    {
      ...policy.locate(grant.id, ["custody"]),
      message: `${catalogue.adapter} does not bind ${missing.join(", ")} into the credential; say acceptResidual: [${axes.join(", ")}], or leave custody out`,
    },
  ];
}
