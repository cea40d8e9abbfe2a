import { Refusal } from "@watchword/core";
import type { RemoteLeaseDirectory } from "@watchword/gateway";
import type { Missing } from "./readiness.ts";
import { type ServerLog, refusalFields } from "./server-log.ts";

/**
 * Looks at what a gateway works with: a broker that answers, and that encrypts to this gateway's key. Why one does not is
 * in the log: without it, all that anybody sees is refusals.
 */
export async function gatewayMissing(
  leases: Pick<RemoteLeaseDirectory, "reach">,
  log: ServerLog,
): Promise<readonly Missing[]> {
  try {
    await leases.reach();
    return [];
  } catch (error) {
    log({ level: "error", event: "broker_not_reached", ...refusalFields(error) });
    return [Refusal.from(error, "internal").reason === "configuration_invalid" ? "keys" : "broker"];
  }
}
