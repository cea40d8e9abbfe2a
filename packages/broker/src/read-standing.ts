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
import type { QuotaAccount } from "./quotas/quotas.ts";
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
 * these very epochs is as it was, and what comes later is seen by the intent's transaction. The door of the action's system is one
 * of them, and must be open.
 *
 * @throws Refusal `frozen`, `tenant_unknown`, `rate_limited`
 */
export async function readStanding(context: BrokerContext, assertion: VerifiedAssertion): Promise<Standing> {
  const { record } = assertion.run;
  const subjects = subjectsOf(assertion);
  const name = subjects.join(" ");
  const known = context.standings.get(name);
  const expected = known && doorOf(context, assertion, known.connections)?.door;
  // A run's end takes its descendants along and raises their epochs too, so the run's own is enough.
  const all: EpochSubject[] = [...subjects, `run:${record.id}`, `run:${record.root}`];
  if (expected !== undefined) all.push(expected);
  // The policy's epoch is that of the policy this process decides by, not the one in the store: a newer one must abort.
  const epochs: Epochs = { ...(await context.store.epochs(all)), policy: context.policyEpoch };
  const holds = known !== undefined && subjects.every((subject) => known.epochs[subject] === epochs[subject]);
  const standing = holds ? { ...known, epochs } : await readAnew(context, record.tenant, subjects, epochs);
  if (!holds) remember(context, name, standing);
  return throughDoor(context, assertion, standing, expected);
}

async function readAnew(
  context: BrokerContext,
  tenant: string,
  subjects: readonly FrozenSubject[],
  epochs: Epochs,
): Promise<Standing> {
  await refuseFrozen(context, subjects);
  const connections = await tenantConnections(context, tenant);
  return { connections, systems: systemsOf(connections), epochs };
}

function remember({ standings }: BrokerContext, name: string, standing: Standing): void {
  if (standings.size >= MAX_KNOWN) standings.clear();
  standings.set(name, standing);
}

/** The account of the action's system, whose door has to be open; a system that is not limited has none. */
function doorOf(
  { quotas }: BrokerContext,
  { run, action }: VerifiedAssertion,
  connections: readonly ConnectionRecord[],
): QuotaAccount | undefined {
  const connection = connections.find(({ system }) => system === action.system);
  return connection && quotas.account({ ...connection, tenant: run.record.tenant }, action.resource);
}

/**
 * The standing with the epoch of the door, which is open. Mostly it was read with the others, since it was known whose door it is.
 * INVARIANT: one that closes after this look raises its epoch, and the intent's transaction sees it.
 */
async function throughDoor(
  context: BrokerContext,
  assertion: VerifiedAssertion,
  standing: Standing,
  expected: EpochSubject | undefined,
): Promise<Standing> {
  const account = doorOf(context, assertion, standing.connections);
  if (account === undefined) return standing;
  const { door } = account;
  const read = door === expected ? standing.epochs : await context.store.epochs([door]);
  const until = read[door] ?? 0;
  context.quotas.seen(account, until);
  return { ...standing, epochs: { ...standing.epochs, [door]: until } };
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
