import { Refusal } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { type ConnectionState, stateOf } from "./connection-state.ts";

/** How a tenant is connected. @throws Refusal `tenant_unknown` */
export async function listConnections(
  context: BrokerContext,
  tenant: string,
): Promise<readonly ConnectionState[]> {
  const records = await context.store.connections(tenant);
  if (records === undefined)
    throw new Refusal("tenant_unknown", { detail: "no such tenant is registered", failedFact: "tenant" });
  return records.map(stateOf);
}
