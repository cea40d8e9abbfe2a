import {
  type Capability,
  type Operation,
  type Reason,
  Refusal,
  type ValueMap,
  findOperation,
  parseArguments,
} from "@watchword/core";
import { type CompiledGrant, type Policy, ceilingFor, fillTemplate } from "@watchword/policy";
import type { Fact, Row } from "../row.ts";
import type { Situation } from "../situation.ts";
import type { WorldTenants } from "../world/world-tenants.ts";
import type { SystemValues } from "./system-values.ts";

/** Everything that rows of one grant are made of. */
export interface GrantMatter {
  readonly policy: Policy;
  readonly grant: CompiledGrant;
  readonly entry: Operation;
  /** Of the grant's system. */
  readonly values: SystemValues;
  readonly systems: Readonly<Record<string, SystemValues>>;
  readonly tenants: WorldTenants;
  readonly agent: string;
  readonly workload: string;
  readonly baseline: Situation;
}

/** One row before it has a name: what is changed, and what that must be refused for. */
export interface Change {
  readonly fact: Fact;
  readonly mutation: string;
  readonly title: string;
  readonly mutated: Situation;
  readonly expected: readonly Reason[];
  readonly alone?: boolean;
  /** Another baseline than the grant's own. */
  readonly baseline?: Situation;
}

/** Names a change: the row of its grant. */
export function rowOf({ grant, baseline }: GrantMatter, change: Change): Row {
  return {
    id: `${grant.id}/${change.fact}/${change.mutation}`,
    grant: grant.id,
    fact: change.fact,
    mutation: change.mutation,
    title: change.title,
    baseline: change.baseline ?? baseline,
    mutated: change.mutated,
    expected: change.expected,
    alone: change.alone ?? false,
  };
}

/** The baseline with another action. */
export function acting(situation: Situation, action: Partial<Situation["action"]>): Situation {
  return { ...situation, action: { ...situation.action, ...action } };
}

/** The baseline with these arguments changed; `undefined` leaves one out. */
export function arguing(situation: Situation, changes: Readonly<Record<string, unknown>>): Situation {
  const values = Object.entries({ ...situation.action.arguments, ...changes });
  return acting(situation, {
    arguments: Object.fromEntries(values.filter(([, value]) => value !== undefined)) as ValueMap,
  });
}

/** Whether the catalogue itself takes arguments; what it does not take is refused as malformed, whatever a grant says. */
export function isWellFormed(entry: Operation, values: ValueMap): boolean {
  try {
    parseArguments(entry, values);
    return true;
  } catch (error) {
    if (Refusal.is(error)) return false;
    throw error;
  }
}

/** What a grant's resource field says for a tenant. */
export function resourceFor(
  { grant, systems }: Pick<GrantMatter, "grant" | "systems">,
  side: "own" | "other",
  tenant: string,
): Readonly<Record<string, string | undefined>> {
  const connections = connectionsOf(systems, side);
  return Object.fromEntries(
    [...grant.resource].map(([field, template]) => [
      field,
      fillTemplate(template, { id: tenant, systems: connections }),
    ]),
  );
}

/** What the grant allows a run of its agent at most, materialised. */
export function capabilityOf({
  policy,
  grant,
  agent,
  systems,
  tenants,
}: GrantMatter): Capability | undefined {
  const tenant = { id: tenants.own, systems: connectionsOf(systems, "own") };
  return ceilingFor(policy, agent, tenant).find(
    ({ system, operation }) => system === grant.system && operation === grant.operation,
  );
}

function connectionsOf(systems: GrantMatter["systems"], side: "own" | "other") {
  return Object.fromEntries(Object.entries(systems).map(([name, values]) => [name, textsOf(values[side])]));
}

function textsOf({ account, settings }: SystemValues["own"]): { readonly account: string } {
  const texts = Object.entries(settings).filter(([, value]) => typeof value === "string");
  return { ...(Object.fromEntries(texts) as Record<string, string>), account };
}

/** The operation of a grant. */
export function operationOf(
  systems: Readonly<Record<string, SystemValues>>,
  grant: CompiledGrant,
): Operation | undefined {
  const values = systems[grant.system];
  return values === undefined ? undefined : findOperation(values.catalogue, grant.operation);
}

/** Agents that some grant lets do an operation. */
export function grantedAgents(policy: Policy, system: string, operation: string): ReadonlySet<string> {
  return new Set(
    policy.grants.flatMap((grant) =>
      !grant.shadow && grant.system === system && grant.operation === operation ? grant.agents : [],
    ),
  );
}
