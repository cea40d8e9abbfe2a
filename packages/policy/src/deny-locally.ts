import {
  type CoveredAction,
  type DecisionRequest,
  type FailedFact,
  type LocalReason,
  type Value,
  isLocalReason,
  isMoney,
} from "@watchword/core";
import { decide } from "./decide.ts";
import {
  type CompiledGrant,
  type PolicyIndex,
  compileDelegation,
  compileGrant,
  delegationKey,
  grantKey,
} from "./policy.ts";
import type { Projection } from "./read-projection.ts";

/** What a runtime holds by itself of one action. */
export interface LocalCall {
  /** Agent ids, the root's first, the acting one's last. */
  readonly chain: readonly string[];
  readonly tenant: string;
  readonly principalKind: "user" | "agent";
  readonly background: boolean;
  /** As the binding made it: the broker completes what it leaves open. */
  readonly action: CoveredAction;
  /** NumericDate, the runtime's clock. */
  readonly now: number;
}

/** Why a projection denies. */
export interface LocalDenial {
  readonly reason: LocalReason;
  readonly failedFact: FailedFact;
  readonly policyVersion: string;
}

/**
 * Seconds before and after the runtime's now at which the broker may look at its own clock, and the steps between. A window is
 * a minute long at least, so none that such a moment is in can fall between two steps.
 */
const MOMENTS: readonly number[] = [0, -60, -30, 30, 60];

/**
 * Denies what the broker would deny anyway; `undefined` asks the broker. Pure, synchronous, and the same checks as the broker's
 * own: `decide`, about grants with everything left out that is not known here.
 *
 * INVARIANT: it never denies what the broker would allow or ask a person for, and it never allows. Whatever is unknown here
 * (ownership, connections, evidence, budgets, approvals, ceilings, assurance, what the broker completes) counts as fulfilled.
 */
export function denyLocally(projection: Projection, call: LocalCall): LocalDenial | undefined {
  const agent = call.chain.at(-1);
  if (agent === undefined || !projection.agents.has(agent)) return undefined;
  const grants = projection.grants.filter(
    ({ agents, system, operation }) =>
      system === call.action.system && operation === call.action.operation && agents.includes(agent),
  );
  const action = inTheirCurrency(grants, call.action);
  const policy = viewOf(projection, grants, agent, { ...call, action });
  const moments = grants.some(({ window }) => window !== undefined) ? MOMENTS : [0];
  const decisions = moments.map((offset) =>
    decide(policy, requestOf(agent, { ...call, action }, call.now + offset)),
  );
  const [first] = decisions;
  if (first?.outcome !== "deny" || decisions.some(({ outcome }) => outcome !== "deny")) return undefined;
  // What went wrong here is not what the policy says.
  if (decisions.some((decision) => decision.outcome === "deny" && !isLocalReason(decision.reason)))
    return undefined;
  const { reason, failedFact } = first;
  return isLocalReason(reason) ? { reason, failedFact, policyVersion: projection.policyVersion } : undefined;
}

/**
 * An amount without a currency, in the one that all limits of it are in. In any other it would fit none of them, so what is over
 * the limit in this one is over it in each.
 */
function inTheirCurrency(grants: readonly CompiledGrant[], action: CoveredAction): CoveredAction {
  const values = Object.entries(action.arguments).map(([name, value]): [string, Value] => {
    const currencies = new Set(grants.map(({ rules }) => rules.get(name)?.maxMoney?.currency));
    currencies.delete(undefined);
    const [currency] = currencies;
    return [
      name,
      currency !== undefined && currencies.size === 1 && isOpenAmount(value) ? { ...value, currency } : value,
    ];
  });
  return { ...action, arguments: Object.fromEntries(values) };
}

function isOpenAmount(value: Value): value is { minor: number } {
  if (typeof value !== "object" || Array.isArray(value)) return false;
  const [[name, minor] = [], ...more] = Object.entries(value);
  return name === "minor" && typeof minor === "number" && minor >= 0 && more.length === 0;
}

/** The policy as far as it is known: for the agent its grants, for everybody above it that they may do the same. */
function viewOf(
  projection: Projection,
  grants: readonly CompiledGrant[],
  agent: string,
  { chain, action }: LocalCall,
): PolicyIndex {
  const index = new Map<string, readonly CompiledGrant[]>(
    chain
      .slice(0, -1)
      .map((ancestor) => [
        grantKey(ancestor, action.system, action.operation),
        [openGrant(ancestor, action)],
      ]),
  );
  // Last: an agent that is its own ancestor is held to what is known of it.
  index.set(
    grantKey(agent, action.system, action.operation),
    grants.map((grant) => decidable(grant, action)),
  );
  const delegations = new Map(projection.delegations);
  for (const [level, child] of chain.entries()) {
    const parent = chain[level - 1];
    if (parent === undefined || projection.agents.has(parent) || projection.agents.has(child)) continue;
    delegations.set(delegationKey(parent, child), openRule(parent, child));
  }
  return { version: projection.policyVersion, index, delegations };
}

/** A grant without its conditions on what the action leaves open: the broker may yet complete it so that they hold. */
function decidable(grant: CompiledGrant, action: CoveredAction): CompiledGrant {
  return {
    ...grant,
    resource: new Map([...grant.resource].filter(([field]) => Object.hasOwn(action.resource, field))),
    rules: new Map([...grant.rules].filter(([name]) => isDecided(action, name))),
  };
}

/** The broker keeps what an action names, and completes the rest: an amount may lack its currency. */
function isDecided({ arguments: values }: CoveredAction, name: string): boolean {
  if (!Object.hasOwn(values, name)) return false;
  const value: Value | undefined = values[name];
  return typeof value === "object" ? isMoney(value) : value !== undefined;
}

function openGrant(agent: string, { system, operation }: CoveredAction): CompiledGrant {
  return compileGrant({
    id: "open",
    agent,
    operation: `${system}/${operation}`,
    resource: {},
    lease: { action: "1s" },
  });
}

function openRule(parent: string, child: string): ReturnType<typeof compileDelegation> {
  return compileDelegation({ parent, child, grants: [], depth: Number.MAX_SAFE_INTEGER, ttl: "1s" });
}

function requestOf(agent: string, call: LocalCall, now: number): DecisionRequest {
  const { chain, tenant, principalKind, background, action } = call;
  return {
    tenant: { id: tenant, systems: {} },
    agent: { id: agent, version: "" },
    workload: "",
    principal: { kind: principalKind, issuer: "", subject: "" },
    run: {
      id: "",
      root: "",
      background,
      assurance: "verified",
      depth: chain.length - 1,
      chain,
      ceiling: [{ system: action.system, operation: action.operation, resource: {}, limits: {} }],
    },
    action,
    access: "read",
    facts: { owners: {}, values: {} },
    now,
  };
}
