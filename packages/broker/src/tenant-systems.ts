import {
  type Adapter,
  type Connection,
  type ConnectionRecord,
  Refusal,
  type SealedCredential,
  type TenantSystem,
  type ValueMap,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";

/** Context under which a connection's secret is sealed; moved to another row it does not open. */
export const connectionContext = (tenant: string, system: string): string =>
  JSON.stringify(["connection", tenant, system]);

/** The accounts that a tenant has, by system. @throws Refusal `tenant_unknown` */
export async function tenantSystems(
  context: BrokerContext,
  tenant: string,
): Promise<Record<string, TenantSystem>> {
  return systemsOf(await tenantConnections(context, tenant));
}

/** A tenant's connections as they are stored, for whoever needs both their accounts and a secret. @throws Refusal `tenant_unknown` */
export async function tenantConnections(
  context: BrokerContext,
  tenant: string,
): Promise<readonly ConnectionRecord[]> {
  const records = await context.store.connections(tenant);
  if (records === undefined)
    throw new Refusal("tenant_unknown", {
      detail: `tenant ${tenant} is not registered`,
      failedFact: "tenant",
    });
  return records;
}

/** The accounts of stored connections, by system. */
export function systemsOf(records: readonly ConnectionRecord[]): Record<string, TenantSystem> {
  return Object.fromEntries(
    records.map(({ system, account, settings }) => [system, { ...textsOf(settings), account }]),
  );
}

/** The settings that a policy's templates may name. */
function textsOf(settings: ValueMap): Record<string, string> {
  return Object.fromEntries(
    Object.entries(settings).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  );
}

/**
 * A tenant's connection with its secret opened, for one adapter call: the current one, or for what was minted with the one
 * before, named by its fingerprint, that one while it is kept.
 *
 * @throws Refusal `tenant_unknown`; `development_setting` for a live secret in an in-process broker
 */
export async function openConnection(
  context: BrokerContext,
  tenant: string,
  system: string,
  mintedWith?: string,
): Promise<Connection> {
  return openAmong(context, (await context.store.connections(tenant)) ?? [], tenant, system, mintedWith);
}

/** As {@link openConnection}, among the tenant's connections as they were read. */
export async function openAmong(
  context: BrokerContext,
  records: readonly ConnectionRecord[],
  tenant: string,
  system: string,
  mintedWith?: string,
): Promise<Connection> {
  const record = records.find((candidate) => candidate.system === system);
  if (record === undefined)
    throw new Refusal("tenant_unknown", {
      detail: `tenant ${tenant} has no connection to ${system}`,
      failedFact: "tenant",
    });
  const { earlier } = record;
  const rotatedOut =
    earlier !== null && earlier.fingerprint === mintedWith && mintedWith !== record.fingerprint;
  return unseal(context, record, rotatedOut ? earlier.sealed : record.sealed);
}

/** The secret of a stored connection, current or earlier. @throws Refusal `internal` when it does not open */
export function openSecret(
  context: BrokerContext,
  { tenant, system, sealed }: Pick<ConnectionRecord, "tenant" | "system" | "sealed">,
): Promise<SealedCredential> {
  return context.keys.sealer.open(sealed, connectionContext(tenant, system));
}

async function unseal(
  context: BrokerContext,
  record: ConnectionRecord,
  sealed: Uint8Array,
): Promise<Connection> {
  const secret = await openSecret(context, { ...record, sealed });
  const adapter = context.systems.get(record.system);
  if (adapter === undefined)
    throw new Refusal("unknown_target", {
      detail: `system ${record.system} is not configured`,
      failedFact: "action",
    });
  refuseLiveSecret(context, adapter, { tenant: record.tenant, system: record.system, secret });
  return {
    tenant: record.tenant,
    system: record.system,
    account: record.account,
    settings: record.settings,
    secret,
  };
}

/**
 * A broker in the agents' process must not hold a secret that moves real money, whoever stored it: looked at when a
 * connection is put, and again at every use.
 *
 * @throws Refusal `development_setting`
 */
export function refuseLiveSecret(
  context: BrokerContext,
  adapter: Adapter,
  connection: Pick<Connection, "tenant" | "system" | "secret">,
): void {
  if (context.isolation !== "same-process" || context.unsafeInProcess) return;
  if (!adapter.isLiveSecret(connection.secret)) return;
  throw new Refusal("development_setting", {
    detail: `the connection of ${connection.tenant} to ${connection.system} holds a live secret, and this broker shares a process with agents; run it as a process of its own, or say unsafeInProcess`,
    failedFact: "credential",
  });
}
