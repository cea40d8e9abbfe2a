import { createGateway, listen } from "@watchword/gateway";
import { leases, stripe } from "./readme-parts.ts";

const listener = await listen({ host: "127.0.0.1", port: 0 }); // bound: its url is known
const gateway = createGateway({
  url: listener.url,
  leases, // the broker's LeaseDirectory
  systems: { payments: stripe },
  onRefusal: (refusal, { system, decisionId }) => console.warn(refusal.reason, system, decisionId),
});
listener.serve(gateway.fetch);

const response = await fetch(`${listener.url}/payments/v1/refunds`, { method: "POST" });
console.log(response.status, response.headers.get("watchword-reason")); // 401 lease_unknown
await listener.close();
