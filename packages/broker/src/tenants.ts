import { Identifier, Refusal, SealedCredential, type ValueMap } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { connectionContext, refuseLiveSecret } from "./tenant-systems.ts";

/** A tenant's account at a system, as an operator enters it. */
export interface NewConnection {
  readonly account: string;
  /** The root secret; it is sealed before it is stored and never leaves broker or gateway. */
  readonly secret: string | SealedCredential;
  readonly settings?: ValueMap;
}

/** Whose data is touched, and with which accounts. */
export interface Tenants {
  /**
   * Registers a tenant with its connections. Idempotent; a connection that is there already is replaced.
   *
   * @throws Refusal `configuration_invalid`, `unknown_target`, `development_setting`
   */
  put(tenant: {
    readonly id: string;
    readonly connections?: Readonly<Record<string, NewConnection>>;
  }): Promise<void>;
}

/** The tenants of a broker. */
export function tenants(context: BrokerContext): Tenants {
  return Object.freeze({
    put: async (tenant: Parameters<Tenants["put"]>[0]) => {
      if (!Identifier.safeParse(tenant.id).success)
        throw new Refusal("configuration_invalid", {
          detail: "a tenant id is 1–64 characters of a-z 0-9 . _ -",
        });
      const at = context.clock.now();
      await context.store.putTenant(tenant.id, {
        kind: "tenant",
        at,
        tenant: tenant.id,
        body: { outcome: "registered" },
      });
      for (const [system, connection] of Object.entries(tenant.connections ?? {}))
        await putConnection(context, tenant.id, system, connection);
    },
  });
}

async function putConnection(
  context: BrokerContext,
  tenant: string,
  system: string,
  connection: NewConnection,
): Promise<void> {
  const adapter = context.systems.get(system);
  if (adapter === undefined)
    throw new Refusal("unknown_target", {
      detail: `system ${system} is not configured; known: ${[...context.systems.keys()].join(", ")}`,
    });
  if (connection.account === "")
    throw new Refusal("configuration_invalid", {
      detail: `the connection of ${tenant} to ${system} names no account`,
    });
  const secret =
    typeof connection.secret === "string" ? new SealedCredential(connection.secret) : connection.secret;
  refuseLiveSecret(context, adapter, { tenant, system, secret });
  const sealed = await context.keys.sealer.seal(secret, connectionContext(tenant, system));
  await context.store.putConnection(
    { tenant, system, account: connection.account, settings: connection.settings ?? {}, sealed },
    {
      kind: "tenant",
      at: context.clock.now(),
      tenant,
      body: { outcome: "connected", system, account: connection.account, fingerprint: secret.fingerprint },
    },
  );
}
