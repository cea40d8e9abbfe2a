import {
  type Adapter,
  type ConnectionRecord,
  type Finding,
  Identifier,
  type LedgerEntry,
  Refusal,
  SealedCredential,
  type ValueMap,
  canonicalJson,
  isValueMap,
} from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { recordRefusal } from "../record-refusal.ts";
import { connectionContext, openSecret, refuseLiveSecret } from "../tenant-systems.ts";
import { adapterOf, requireAccepted } from "./check-connection.ts";
import { connectionFingerprint } from "./connection-fingerprint.ts";
import { type ConnectionState, stateOf } from "./connection-state.ts";
import { neededUntil } from "./needed-until.ts";

/** A tenant's account at a system, as an operator enters it. */
export interface NewConnection {
  readonly account: string;
  /** The root secret; it is sealed before it is stored and never leaves broker or gateway. Left out for a system that has none. */
  readonly secret?: string | SealedCredential;
  readonly settings?: ValueMap;
  /** The revision that whoever changes it saw, 0 for none; another one is `state_changed`. Left out: whatever is there. */
  readonly revision?: number;
}

/** `rotated`: another secret. `changed`: the same one for another account, or with other settings. */
export type ConnectionChange = "unchanged" | "connected" | "rotated" | "changed";

/** A connection after it was put: what changed, and what the system said to it; nothing when it was not asked. */
export interface ConnectedState extends ConnectionState {
  readonly change: ConnectionChange;
  readonly findings: readonly Finding[];
}

/** Whose connection is put, and by whom. */
export interface ConnectionTarget {
  readonly tenant: string;
  readonly system: string;
  readonly by: string | undefined;
}

/** A new connection in its checked form. */
interface Wanted {
  readonly tenant: string;
  readonly system: string;
  readonly account: string;
  readonly settings: ValueMap;
  readonly secret: SealedCredential;
  readonly fingerprint: string;
}

const MAX_ACCOUNT = 256;
/** Stands where a secret would. It opens nothing. */
const NO_SECRET = new SealedCredential("watchword:no-secret");

/**
 * Puts one connection. A sequence: what it is, whether it is there already, whether the system accepts it, one transaction. A
 * refusal of something that is well formed is recorded.
 *
 * @throws Refusal as `Tenants.connect` has it
 */
export async function connectSystem(
  context: BrokerContext,
  target: ConnectionTarget,
  connection: NewConnection,
): Promise<ConnectedState> {
  const wanted = readConnection(context, target, connection);
  try {
    const before = await currentConnection(context, target);
    if (before !== undefined && (await isSame(context, before, wanted)))
      return { ...stateOf(before), change: "unchanged", findings: [] };
    if (connection.revision !== undefined && connection.revision !== (before?.revision ?? 0)) throw stale();
    const { findings, secret } = await requireAccepted(context, adapterOf(context, target.system), wanted);
    const fingerprint = connectionFingerprint(context, { ...wanted, secret });
    return { ...(await store(context, target, { ...wanted, secret, fingerprint }, before)), findings };
  } catch (error) {
    throw await refused(context, target, wanted, Refusal.from(error, "internal"));
  }
}

/**
 * Whether a connection could be put at all, before anything is asked or changed.
 *
 * @throws Refusal `unknown_target`, `configuration_invalid`, `development_setting`
 */
export function readConnection(
  context: BrokerContext,
  { tenant, system }: Omit<ConnectionTarget, "by">,
  { account, secret: given, settings = {} }: NewConnection,
): Wanted {
  const adapter = adapterOf(context, system);
  const wrong = (what: string): Refusal =>
    new Refusal("configuration_invalid", { detail: `the connection of ${tenant} to ${system} ${what}` });
  if (!Identifier.safeParse(tenant).success)
    throw new Refusal("configuration_invalid", {
      detail: "a tenant id is 1–64 characters of a-z 0-9 . _ -",
    });
  if (account === "") throw wrong("names no account");
  // Exact match is worth nothing for two texts that look the same.
  if (!/^[\x21-\x7e]+$/.test(account) || account.length > MAX_ACCOUNT)
    throw wrong(`names an account that is not 1–${MAX_ACCOUNT} visible ASCII characters`);
  if (!isValueMap(settings)) throw wrong("has settings that are not texts, booleans and integers");
  const secret = secretOf(adapter, given, wrong);
  refuseLiveSecret(context, adapter, { tenant, system, secret });
  const fingerprint = connectionFingerprint(context, { tenant, system, secret });
  return { tenant, system, account, settings, secret, fingerprint };
}

function secretOf(
  { capabilities }: Adapter,
  given: NewConnection["secret"],
  wrong: (what: string) => Refusal,
): SealedCredential {
  if (capabilities.rootSecret === "none") {
    if (given !== undefined) throw wrong("has a secret, and that system has none");
    return NO_SECRET;
  }
  if (given === undefined) throw wrong("has no secret");
  const secret = typeof given === "string" ? new SealedCredential(given) : given;
  if (secret.open((text) => text === "")) throw wrong("has an empty secret");
  return secret;
}

async function currentConnection(
  context: BrokerContext,
  { tenant, system }: ConnectionTarget,
): Promise<ConnectionRecord | undefined> {
  const records = await context.store.connections(tenant);
  if (records === undefined)
    throw new Refusal("tenant_unknown", { detail: "no such tenant is registered", failedFact: "tenant" });
  return records.find((record) => record.system === system);
}

async function isSame(context: BrokerContext, before: ConnectionRecord, wanted: Wanted): Promise<boolean> {
  return (
    before.account === wanted.account &&
    canonicalJson(before.settings) === canonicalJson(wanted.settings) &&
    (await isSameSecret(context, before, wanted))
  );
}

/**
 * INVARIANT: the same secret never counts as a rotation, or the one in use would be called one to delete. The stored fingerprint is
 * only the quick way: it is another one for a row from before, and under another key.
 */
async function isSameSecret(
  context: BrokerContext,
  before: ConnectionRecord,
  { fingerprint }: Wanted,
): Promise<boolean> {
  return before.fingerprint === fingerprint || (await fingerprintNow(context, before)) === fingerprint;
}

/** As what is minted with it now is marked; of a secret that does not open, what is stored. */
async function fingerprintNow(context: BrokerContext, record: ConnectionRecord): Promise<string> {
  try {
    return connectionFingerprint(context, { ...record, secret: await openSecret(context, record) });
  } catch {
    return record.fingerprint;
  }
}

async function store(
  context: BrokerContext,
  { by }: ConnectionTarget,
  wanted: Wanted,
  before: ConnectionRecord | undefined,
): Promise<ConnectionState & { readonly change: ConnectionChange }> {
  const { secret, ...known } = wanted;
  const rotated = before !== undefined && !(await isSameSecret(context, before, wanted));
  const record: ConnectionRecord = {
    ...known,
    sealed: await context.keys.sealer.seal(secret, connectionContext(known.tenant, known.system)),
    revision: (before?.revision ?? 0) + 1,
    earlier: rotated ? await replaced(context, before) : (before?.earlier ?? null),
  };
  const change = before === undefined ? "connected" : rotated ? "rotated" : "changed";
  const adapter = adapterOf(context, known.system);
  const sharedAccount = adapter.capabilities.accounts === "shared";
  const alsoAccounts = adapter.alsoAccounts?.(known.settings) ?? [];
  const entry: LedgerEntry = {
    kind: "tenant",
    at: context.clock.now(),
    tenant: known.tenant,
    body: {
      outcome: change,
      system: known.system,
      account: known.account,
      revision: record.revision,
      fingerprint: known.fingerprint,
      ...(rotated && record.earlier !== null
        ? { earlier: record.earlier.fingerprint, earlier_until: record.earlier.until }
        : {}),
      ...forgotten(before, record),
      ...(sharedAccount ? { shared_account: true } : {}),
      ...(alsoAccounts.length === 0 ? {} : { also_accounts: [...alsoAccounts] }),
    },
    ...(by === undefined ? {} : { personal: { by } }),
  };
  const outcome = await context.store.putConnection(record, entry, { sharedAccount, alsoAccounts });
  if (outcome === "account_taken") throw taken([known.account, ...alsoAccounts]);
  if (outcome === "put") return { ...stateOf(record), change };
  // Somebody else was faster. Two replicas that start with the same configuration mean the same.
  const now = (await context.store.connections(known.tenant))?.find(({ system }) => system === known.system);
  if (now === undefined || !(await isSame(context, now, wanted))) throw stale();
  return { ...stateOf(now), change: "unchanged" };
}

/** The secret that was current, as the earlier one. */
async function replaced(
  context: BrokerContext,
  record: ConnectionRecord,
): Promise<NonNullable<ConnectionRecord["earlier"]>> {
  return {
    sealed: record.sealed,
    fingerprint: await fingerprintNow(context, record),
    until: await neededUntil(context, record.tenant, record.system),
  };
}

/** A second rotation before the time of the first is over: there is one earlier secret, and the oldest goes at once. */
function forgotten(before: ConnectionRecord | undefined, record: ConnectionRecord): Record<string, string> {
  const oldest = before?.earlier?.fingerprint;
  const gone =
    oldest !== undefined && oldest !== record.earlier?.fingerprint && oldest !== record.fingerprint;
  return gone ? { forgotten: oldest } : {};
}

/** INVARIANT: whose it is, is not said. */
function taken([account = "", ...more]: readonly string[]): Refusal {
  const named = more.length === 0 ? `account ${account} is` : `one of ${[account, ...more].join(", ")} is`;
  return new Refusal("connection_refused", {
    detail: `${named} connected to another tenant already; one account is never two tenants'`,
    failedFact: "tenant",
  });
}

function stale(): Refusal {
  return new Refusal("state_changed", {
    detail: "the connection is of another revision meanwhile; look at it and ask again",
    failedFact: "tenant",
  });
}

function refused(
  context: BrokerContext,
  { tenant, system, by }: ConnectionTarget,
  { account, fingerprint }: Wanted,
  refusal: Refusal,
): Promise<Refusal> {
  return recordRefusal(context, refusal, {
    kind: "tenant",
    at: context.clock.now(),
    tenant,
    body: { outcome: "refused", system, account, fingerprint, reason: refusal.reason },
    ...(by === undefined ? {} : { personal: { by } }),
  });
}
