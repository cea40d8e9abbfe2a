import type { NewConnection } from "@watchword/broker";
import type { ConfigurationSource } from "./load-configuration.ts";
import { type Environment, readSecret } from "./read-secret.ts";
import type { TenantsPart } from "./tenants-document.ts";

/** What `Tenants.import` takes. */
export interface TenantsToImport {
  readonly watchword: 1;
  readonly tenants: Readonly<
    Record<string, { readonly connections: Readonly<Record<string, NewConnection>> }>
  >;
}

/**
 * Reads every secret that a document of tenants refers to.
 *
 * @throws ConfigurationInvalid for one that is not there
 */
export async function readTenants(
  source: ConfigurationSource,
  tenants: TenantsPart,
  environment: Environment,
): Promise<TenantsToImport> {
  const read: Record<string, { connections: Record<string, NewConnection> }> = {};
  for (const [id, tenant] of Object.entries(tenants)) {
    const connections: Record<string, NewConnection> = {};
    for (const [system, { account, secret, settings }] of Object.entries(tenant.connections ?? {})) {
      const at = ["tenants", id, "connections", system, "secret"];
      connections[system] = {
        account,
        ...(secret === undefined ? {} : { secret: await readSecret(source, at, secret, environment) }),
        ...(settings === undefined ? {} : { settings }),
      };
    }
    read[id] = { connections };
  }
  return { watchword: 1, tenants: read };
}
