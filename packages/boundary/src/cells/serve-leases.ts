import type { LeaseDirectory } from "@watchword/core";
import type { Closing } from "../world/closing.ts";
import type { WorldParts } from "../world/load-parts.ts";
import type { GatewayIdentity } from "./gateway-methods.ts";
import type { SelfSigned } from "./self-signed.ts";

/**
 * Serves the leases of one world's broker to the gateway's cell, and to nobody else: behind mutual TLS with exactly its
 * certificate, each credential encrypted to exactly its key.
 *
 * @param host under which the gateway's cell finds this one
 * @returns the URL that it is to ask
 */
export async function serveLeases(
  { listen }: WorldParts,
  leases: LeaseDirectory,
  {
    own,
    gateway,
    host,
  }: { readonly own: SelfSigned; readonly gateway: GatewayIdentity; readonly host: string },
  stack: Closing,
): Promise<string> {
  const { MAX_LEASE_BYTES, leaseDirectoryHttp } = await import("@watchword/broker/http");
  const listener = await listen({
    host,
    port: 0,
    allowRemote: true,
    maxRequestBytes: MAX_LEASE_BYTES,
    // INVARIANT: whoever is on the cells' network and is not the gateway is let in to no lease.
    mutualTls: { ...own, authority: gateway.certificate },
  });
  stack.defer(() => listener.close());
  const app = leaseDirectoryHttp({ leases, gatewayKey: gateway.key });
  listener.serve(async (request) => app.fetch(request));
  return listener.url;
}
