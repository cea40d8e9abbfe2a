import {
  type ConnectionRecord,
  type EpochSubject,
  type Epochs,
  type FrozenSubject,
  Refusal,
  type TenantSystem,
  splitAgentReference,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { systemsOf, tenantConnections } from "./tenant-systems.ts";
import type { VerifiedAssertion } from "./verify-assertion.ts";

/** How tenant, system and agents of an act stand: nobody froze them, and these are the tenant's accounts. */
interface Standing {
  readonly connections: readonly ConnectionRecord[];
  readonly systems: Readonly<Record<string, TenantSystem>>;
  /** Epochs under which that was so, of each of them. */
  readonly epochs: Epochs;
}

/** What was read before, by whom it is about. */
export type KnownStandings = Map<string, Standing>;

/** How many are kept; secrets in them are sealed. */
const MAX_KNOWN = 1_000;

/**
 * Reads the epochs that the intent's transaction compares, and how everybody concerned stands. INVARIANT: epochs are read every
 * time and first, and whoever freezes, thaws or changes a connection raises one in the same transaction; so what was seen under
 * these very epochs is as it was, and what comes later is seen by the intent's transaction.
 *
 * @throws Refusal `frozen`, `tenant_unknown`
 */
export async function readStanding(context: BrokerContext, assertion: VerifiedAssertion): Promise<Standing> {
  const { record } = assertion.run;
  const subjects = subjectsOf(assertion);
  // A run's end takes its descendants along and raises their epochs too, so the run's own is enough.
  const all: EpochSubject[] = [...subjects, `run:${record.id}`, `run:${record.root}`];
  // The policy's epoch is that of the policy this process decides by, not the one in the store: a newer one must abort.
  const epochs: Epochs = { ...(await context.store.epochs(all)), policy: context.policyEpoch };
  const name = subjects.join(" ");
  const known = context.standings.get(name);
  if (known !== undefined && subjects.every((subject) => known.epochs[subject] === epochs[subject]))
    return { ...known, epochs };
  await refuseFrozen(context, subjects);
  const connections = await tenantConnections(context, record.tenant);
  const standing = { connections, systems: systemsOf(connections), epochs };
  if (context.standings.size >= MAX_KNOWN) context.standings.clear();
  context.standings.set(name, standing);
  return standing;
}

/**
 * The epochs of a standing with that of the door to the action's system, which must be open. A system that is not limited has none,
 * and nothing is read. INVARIANT: one that closes after this look raises its epoch, and the intent's transaction sees it.
 *
 * @throws Refusal `rate_limited`
 */
export async function readDoor(
  context: BrokerContext,
  { run, action }: VerifiedAssertion,
  { connections, epochs }: Standing,
): Promise<Epochs> {
  const connection = connections.find(({ system }) => system === action.system);
  const account =
    connection && context.quotas.account({ ...connection, tenant: run.record.tenant }, action.resource);
  if (account === undefined) return epochs;
  const { [account.door]: until = 0 } = await context.store.epochs([account.door]);
  context.quotas.seen(account, until);
  return { ...epochs, [account.door]: until };
}

/** Before anything is looked up. A freeze that comes later raises an epoch, and the intent's transaction sees it. */
async function refuseFrozen(context: BrokerContext, subjects: readonly FrozenSubject[]): Promise<void> {
  const [subject] = await context.store.frozen(subjects);
  if (subject !== undefined)
    throw new Refusal("frozen", { detail: `${subject} is frozen`, failedFact: "run" });
}

function subjectsOf({ run, action }: VerifiedAssertion): FrozenSubject[] {
  const agents = new Set(run.record.chain.map((reference) => splitAgentReference(reference).id));
  return [
    `tenant:${run.record.tenant}`,
    `system:${action.system}`,
    ...[...agents].map((agent) => `agent:${agent}` as const),
  ];
}
