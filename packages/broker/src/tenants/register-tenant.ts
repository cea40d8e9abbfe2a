import { Identifier, Refusal } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";

/** Registers a tenant; one that is there stays as it is. @throws Refusal `configuration_invalid` */
export async function registerTenant(
  context: BrokerContext,
  id: string,
  by: string | undefined,
): Promise<void> {
  if (!Identifier.safeParse(id).success)
    throw new Refusal("configuration_invalid", {
      detail: "a tenant id is 1–64 characters of a-z 0-9 . _ -",
    });
  await context.store.putTenant(id, {
    kind: "tenant",
    at: context.clock.now(),
    tenant: id,
    body: { outcome: "registered" },
    ...(by === undefined ? {} : { personal: { by } }),
  });
}
