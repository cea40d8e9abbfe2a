import type { Tenants } from "@watchword/broker";
import type { Configuration } from "./load-configuration.ts";
import type { Environment } from "./read-secret.ts";
import { readTenants } from "./read-tenants.ts";
import type { ServerLog } from "./server-log.ts";

/**
 * Puts the tenants that the configuration names. What is there already needs no system to answer, so one that is down keeps no
 * broker from starting; a new or rotated secret that its system does not accept is an error in the log, and the one before stays
 * in force.
 *
 * @throws ConfigurationInvalid for a secret that is not there, Refusal as `Tenants.import` has it
 */
export async function seedTenants(
  configuration: Configuration,
  tenants: Tenants,
  environment: Environment,
  log: ServerLog,
): Promise<void> {
  const { tenants: named = {} } = configuration.document;
  const report = await tenants.import(await readTenants(configuration, named, environment));
  for (const connection of report.connections) {
    const { tenant, system, account } = connection;
    if (connection.outcome === "refused") {
      const { reason, detail } = connection;
      log({ level: "error", event: "connection_refused", tenant, system, account, reason, detail });
    } else {
      const { outcome, revision } = connection;
      log({ level: "info", event: "connection_put", tenant, system, account, outcome, revision });
    }
  }
  for (const tenant of report.tenants)
    log({
      level: "info",
      event: "tenant_registered",
      tenant,
      connections: (await tenants.connections(tenant)).map(({ system }) => system).join(","),
    });
}
