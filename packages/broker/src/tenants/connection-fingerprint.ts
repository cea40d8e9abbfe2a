import type { Connection } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";

/**
 * Names a connection's secret without showing it. Keyed, because a secret may be a password that somebody could guess; of one
 * connection, so that two tenants' equal secrets look different.
 */
export function connectionFingerprint(
  { keys }: Pick<BrokerContext, "keys">,
  { tenant, system, secret }: Pick<Connection, "tenant" | "system" | "secret">,
): string {
  return secret.open((text) => keys.pseudonym(JSON.stringify(["connection-secret", tenant, system, text])));
}
