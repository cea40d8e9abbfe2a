import crypto from "node:crypto";
import { syncBuiltinESMExports } from "node:module";
import { createGateway, listen } from "@watchword/gateway";
import { serveQuestions, settings } from "../frame/served.ts";
import { leasesInMemory } from "../world/leases-in-memory.ts";
import { notedOrders } from "../world/noted-orders.ts";
import { GATEWAY } from "../world/proved-requests.ts";

/** What a gateway is started with. */
export interface GatewaySettings {
  readonly upstream: string;
  readonly handle: string;
  readonly thumbprint: string;
  /** `assumed`: every signature holds, unseen, so that what remains is everything else. No gateway has such a setting. */
  readonly signatures: "checked" | "assumed";
}

const { upstream, handle, thumbprint, signatures } = settings() as GatewaySettings;
if (signatures === "assumed") {
  Object.assign(crypto, { verify: () => true });
  syncBuiltinESMExports();
}
const listener = await listen({ host: "127.0.0.1", port: 0 });
const gateway = createGateway({
  url: GATEWAY,
  leases: leasesInMemory(handle, thumbprint),
  systems: { orders: notedOrders(upstream) },
});
listener.serve(gateway.fetch);
serveQuestions({ url: listener.url }, () => listener.close());
