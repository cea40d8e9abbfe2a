import type { CompiledGrant, Policy } from "@watchword/policy";
import type { MissingBaseline, Row } from "../row.ts";
import { worldTenants } from "../world/world-tenants.ts";
import { actionRows } from "./action-rows.ts";
import { agentRows } from "./agent-rows.ts";
import { approvalRows } from "./approval-rows.ts";
import { argumentRows } from "./argument-rows.ts";
import { baselineOf } from "./baseline-of.ts";
import { credentialRows } from "./credential-rows.ts";
import { delegationRows } from "./delegation-rows.ts";
import { evidenceRows } from "./evidence-rows.ts";
import { type Change, type GrantMatter, operationOf, rowOf } from "./grant-matter.ts";
import { resourceRows } from "./resource-rows.ts";
import { runRows } from "./run-rows.ts";
import { missingObjects, spendingRows } from "./spending-rows.ts";
import type { SystemValues } from "./system-values.ts";
import { tenantRows } from "./tenant-rows.ts";
import { timeRows } from "./time-rows.ts";
import type { BoundTool } from "../tools/load-tools.ts";
import { toolRows } from "./tool-rows.ts";
import { tokenRows } from "./token-rows.ts";

/** Everything that a policy forbids next to what it allows. */
export interface DerivedRows {
  readonly rows: readonly Row[];
  readonly missing: readonly MissingBaseline[];
  /** Grants that the app's tools do not reach, and why; their rows go through exchanges alone. Empty without tools. */
  readonly unreached: readonly UnreachedGrant[];
}

/** A grant that the app's tools do not reach, wholly or in part. */
export interface UnreachedGrant {
  readonly grant: string;
  readonly reason: string;
}

const FACTS: readonly ((matter: GrantMatter) => readonly Change[])[] = [
  tenantRows,
  agentRows,
  runRows,
  actionRows,
  resourceRows,
  argumentRows,
  approvalRows,
  evidenceRows,
  timeRows,
  delegationRows,
  spendingRows,
  tokenRows,
  credentialRows,
];

/**
 * Derives the matrix: for each grant the attempt that it allows, and every fact of that changed, one at a time. Pure: the same
 * policy over the same systems gives the same rows.
 *
 * @param tools the app's guarded tools, by which rows go as well
 */
export function deriveRows(
  policy: Policy,
  systems: Readonly<Record<string, SystemValues>>,
  tools?: readonly BoundTool[],
): DerivedRows {
  const rows: Row[] = [];
  const missing: MissingBaseline[] = [];
  const unreached: UnreachedGrant[] = [];
  for (const grant of policy.grants) {
    // A shadow grant is recorded and never allows: there is nothing that it lets through.
    if (grant.shadow) continue;
    for (const [index, agent] of grant.agents.entries()) {
      const matter = matterOf(policy, systems, grant, agent);
      if ("missing" in matter) missing.push({ grant: grant.id, missing: `${agent}: ${matter.missing}` });
      else if (index === 0)
        rows.push(...FACTS.flatMap((derive) => derive(matter)).map((change) => rowOf(matter, change)));
      // What another agent of the same grant may not do besides is its own; the conditions are the grant's.
      else
        rows.push(
          ...actionRows(matter).map((change) =>
            rowOf(matter, { ...change, mutation: `${agent}-${change.mutation}` }),
          ),
        );
      if (tools !== undefined && index === 0 && !("missing" in matter)) {
        const through = toolRows(matter, tools);
        rows.push(...through.rows);
        missing.push(...through.missing);
        unreached.push(...through.unreached.map((reason) => ({ grant: grant.id, reason })));
      }
      const lack = "missing" in matter || index > 0 ? undefined : missingObjects(matter);
      if (lack !== undefined) missing.push({ grant: grant.id, missing: lack });
    }
  }
  return { rows, missing, unreached };
}

function matterOf(
  policy: Policy,
  systems: Readonly<Record<string, SystemValues>>,
  grant: CompiledGrant,
  agent: string,
): GrantMatter | { readonly missing: string } {
  const values = systems[grant.system];
  const entry = operationOf(systems, grant);
  if (values === undefined)
    return {
      missing: `system ${grant.system} is not among the systems; hand in systems: { ${grant.system}: … }`,
    };
  if (entry === undefined)
    return { missing: `the catalogue of ${grant.system} has no operation ${grant.operation}` };
  const found = Object.entries(policy.document.workloads).find(([, { agents }]) => agents.includes(agent));
  if (found === undefined)
    return { missing: "no workload may run the agent; declare one, or remove the agent from the grant" };
  const parts = {
    policy,
    grant,
    entry,
    values,
    systems,
    tenants: worldTenants(policy, Object.values(systems)),
    agent,
    workload: found[0],
  };
  const baseline = baselineOf(parts);
  return "missing" in baseline ? baseline : { ...parts, baseline };
}
