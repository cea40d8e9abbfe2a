import type { Finding, Page } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { type ConsentRequest, beginConsent } from "./tenants/begin-consent.ts";
import { checkTenantSystem } from "./tenants/check-connection.ts";
import type { ConnectionState } from "./tenants/connection-state.ts";
import { type ConnectedState, type NewConnection, connectSystem } from "./tenants/connect-system.ts";
import { type ConsentResponse, finishConsent } from "./tenants/finish-consent.ts";
import { type ImportReport, importTenants } from "./tenants/import-tenants.ts";
import { listConnections } from "./tenants/list-connections.ts";
import { registerTenant } from "./tenants/register-tenant.ts";

/**
 * Whose data is touched, and with which accounts. Who may call this is the caller's to decide; `by` says who did, beside the
 * ledger's chain. Nothing here gives a secret back.
 */
export interface Tenants {
  /**
   * Registers a tenant and connects its systems, one after the other. Idempotent: what is there already changes and records
   * nothing.
   *
   * @throws Refusal `configuration_invalid`, and as `connect`; what came before the refused one stays
   */
  put(
    tenant: { readonly id: string; readonly connections?: Readonly<Record<string, NewConnection>> },
    by?: string,
  ): Promise<void>;
  /**
   * Connects a registered tenant with its account at a system, or changes that connection. The system is asked with the new
   * secret first; the one before stays in force until it has said yes, and sealed for as long as something that was minted
   * with it may still have to be ended.
   *
   * @throws Refusal `tenant_unknown`, `unknown_target`, `configuration_invalid`, `development_setting`; `connection_refused` when the
   *   system does not accept it or another tenant has the account; `state_changed` when somebody else was faster
   */
  connect(tenant: string, system: string, connection: NewConnection, by?: string): Promise<ConnectedState>;
  /** Ids of registered tenants, in their order. */
  list(page: Page): Promise<readonly string[]>;
  /** How a tenant is connected. @throws Refusal `tenant_unknown` */
  connections(tenant: string): Promise<readonly ConnectionState[]>;
  /** What the system says to the current secret. @throws Refusal `tenant_unknown`, `unknown_target` */
  check(tenant: string, system: string): Promise<readonly Finding[]>;
  /**
   * Puts every tenant of a document. Its shape is checked as a whole before anything changes; then connection after connection,
   * and one that is refused keeps no other from its change. The same document again changes nothing.
   *
   * @throws Refusal `configuration_invalid`, `unknown_target`, `development_setting`, with nothing changed
   */
  import(document: unknown, by?: string): Promise<ImportReport>;
  /**
   * Where a person goes to consent that the broker acts for one account at a system. It is good for 10 minutes and once, for
   * this tenant, system and account.
   *
   * @throws Refusal `tenant_unknown`, `unknown_target`; `configuration_invalid` when the system needs no consent, or the account
   *   is not named
   */
  beginConsent(tenant: string, system: string, request: ConsentRequest): Promise<string>;
  /**
   * Takes what the system's redirect brought back: the refresh token becomes the connection's secret by the same way as any.
   *
   * @throws Refusal `consent_refused`, and as `connect`
   */
  finishConsent(response: ConsentResponse): Promise<ConnectedState>;
}

/** The tenants of a broker. */
export function tenants(context: BrokerContext): Tenants {
  return Object.freeze<Tenants>({
    put: async ({ id, connections = {} }, by) => {
      await registerTenant(context, id, by);
      for (const [system, connection] of Object.entries(connections))
        await connectSystem(context, { tenant: id, system, by }, connection);
    },
    connect: (tenant, system, connection, by) => connectSystem(context, { tenant, system, by }, connection),
    list: (page) => context.store.tenantIds(page),
    connections: (tenant) => listConnections(context, tenant),
    check: (tenant, system) => checkTenantSystem(context, tenant, system),
    import: (document, by) => importTenants(context, document, by),
    beginConsent: (tenant, system, request) => beginConsent(context, tenant, system, request),
    finishConsent: (response) => finishConsent(context, response),
  });
}
