import {
  type Adapter,
  CLAIMS,
  type Connection,
  type CoveredAction,
  type Decision,
  type Epochs,
  type EvidenceFact,
  type Facts,
  type Operation,
  Refusal,
  findOperation,
  numericDate,
  parseArguments,
  splitAgentReference,
} from "@watchword/core";
import { decide, hasGrant } from "@watchword/policy";
import { adapterContext } from "./adapter-context.ts";
import type { BrokerContext } from "./broker-context.ts";
import { readEvidence } from "./evidence/read-evidence.ts";
import { objectOrigin } from "./object-origin.ts";
import { limitOf } from "./quotas/metered-fetch.ts";
import { readStanding } from "./read-standing.ts";
import { openAmong } from "./tenant-systems.ts";
import type { VerifiedAssertion } from "./verify-assertion.ts";

/** A decision with everything it was made from. Only {@link decideAction} makes one. */
export interface DecidedAction {
  readonly assertion: VerifiedAssertion;
  readonly adapter: Adapter;
  readonly operation: Operation;
  readonly connection: Connection;
  /** The action with resource fields and decided amounts completed. */
  readonly completed: CoveredAction;
  readonly decision: Decision;
  /** What was read of the declared sources that the grants rest on. */
  readonly evidence: Readonly<Record<string, EvidenceFact>>;
  /** Epochs as they were before anything was looked up. */
  readonly epochs: Epochs;
}

/** Milliseconds that looking up facts may take in all. */
const RESOLVE_MILLISECONDS = 1_000;

/** Milliseconds that reading evidence may take in all: a check is followed to its workflow run and that run's jobs. */
const EVIDENCE_MILLISECONDS = 3_000;

/** Looks facts up, completes the action and decides: `resolve` before `decide`, both by the broker. */
export async function decideAction(
  context: BrokerContext,
  assertion: VerifiedAssertion,
): Promise<DecidedAction> {
  const { record, claims } = assertion.run;
  const { action } = assertion;
  const adapter = context.systems.get(action.system);
  const operation = adapter === undefined ? undefined : findOperation(adapter.catalogue, action.operation);
  if (adapter === undefined || operation === undefined)
    throw new Refusal("unknown_target", {
      detail: `${action.system}/${action.operation} is not in a configured catalogue`,
      failedFact: "action",
    });
  parseArguments(operation, action.arguments);
  for (const field of Object.keys(action.resource)) {
    if (!Object.hasOwn(operation.resource, field))
      throw new Refusal("request_malformed", {
        detail: `${operation.name} has no resource field ${field}`,
        failedFact: "resource",
      });
  }

  const agent = splitAgentReference(record.agent);
  const { epochs, connections, systems } = await readStanding(context, assertion);
  const connection = await openAmong(context, connections, record.tenant, action.system);
  // Without any grant for the pair nothing is looked up downstream: a refused agent must not cause requests there.
  const granted = hasGrant(context.policy, agent.id, action.system, action.operation);
  const facts = granted ? await resolveFacts(context, adapter, assertion, connection) : NO_FACTS;
  const completed: CoveredAction = {
    system: action.system,
    operation: action.operation,
    ...adapter.complete(action, facts, connection.account),
  };
  const evidence = granted
    ? await readEvidence(
        context,
        adapter,
        adapterContext(context, {
          connection,
          resource: completed.resource,
          purpose: "deciding",
          milliseconds: EVIDENCE_MILLISECONDS,
        }),
        {
          agent: agent.id,
          system: action.system,
          operation: action.operation,
          resource: completed.resource,
          facts,
        },
      )
    : {};
  const decision = decide(context.policy, {
    tenant: { id: record.tenant, systems },
    agent,
    workload: record.workload,
    principal: record.principal,
    run: {
      id: record.id,
      root: record.root,
      background: claims[CLAIMS.run].background,
      assurance: record.assurance,
      depth: claims[CLAIMS.run].depth,
      chain: record.chain.map((reference) => splitAgentReference(reference).id),
      ceiling: claims[CLAIMS.ceiling],
    },
    action: completed,
    access: operation.access,
    facts,
    evidence,
    now: numericDate(context.clock),
  });
  return { assertion, adapter, operation, connection, completed, decision, evidence, epochs };
}

const NO_FACTS: Facts = Object.freeze({ owners: Object.freeze({}), values: Object.freeze({}) });

async function resolveFacts(
  context: BrokerContext,
  adapter: Adapter,
  assertion: VerifiedAssertion,
  connection: Connection,
): Promise<Facts> {
  const call = adapterContext(context, {
    connection,
    resource: assertion.action.resource,
    purpose: "deciding",
    milliseconds: RESOLVE_MILLISECONDS,
    originOf: (object) =>
      objectOrigin(
        context,
        { tenant: connection.tenant, run: assertion.run.record.id, system: connection.system },
        object,
      ),
  });
  try {
    return await adapter.resolve(assertion.action, call);
  } catch (error) {
    // What an adapter makes of a request that did not leave says less than why.
    throw (await limitOf(call.meter, error)) ?? Refusal.from(error, "downstream_unavailable");
  }
}
