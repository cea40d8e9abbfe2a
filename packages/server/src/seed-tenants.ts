import type { NewConnection, Tenants } from "@watchword/broker";
import type { Configuration } from "./load-configuration.ts";
import { type Environment, readSecret } from "./read-secret.ts";
import type { ServerLog } from "./server-log.ts";

/**
 * Registers the tenants that the configuration names; a connection that is there already is replaced, so a rotated secret
 * comes in at the next start.
 *
 * @throws ConfigurationInvalid for a secret that is not there, Refusal as `Tenants.put` has it
 */
export async function seedTenants(
  configuration: Configuration,
  tenants: Tenants,
  environment: Environment,
  log: ServerLog,
): Promise<void> {
  for (const [id, tenant] of Object.entries(configuration.document.tenants ?? {})) {
    const connections: Record<string, NewConnection> = {};
    for (const [system, { account, secret, settings }] of Object.entries(tenant.connections ?? {})) {
      const at = ["tenants", id, "connections", system, "secret"];
      connections[system] = {
        account,
        secret: await readSecret(configuration, at, secret, environment),
        ...(settings === undefined ? {} : { settings }),
      };
    }
    await tenants.put({ id, connections });
    log({
      level: "info",
      event: "tenant_registered",
      tenant: id,
      connections: Object.keys(connections).join(","),
    });
  }
}
