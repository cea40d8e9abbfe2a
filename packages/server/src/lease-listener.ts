import { type LeaseDirectory, Refusal } from "@watchword/core";
import { MAX_LEASE_BYTES, leaseDirectoryHttp } from "@watchword/broker/http";
import { bind } from "./bind.ts";
import type { Configuration } from "./load-configuration.ts";
import { readGatewayPublicKey } from "./read-gateway-key.ts";
import { readMutualTls } from "./read-mutual-tls.ts";

/** The bound place where gateways in processes of their own find leases. */
export interface LeaseListener {
  readonly url: string;
  serve(leases: LeaseDirectory): void;
  /** Opens no lease any more, takes the outcomes of what is under way at gateways, and closes. */
  close(): Promise<void>;
}

/**
 * Binds what `leases:` names, behind mutual TLS; `undefined` where the configuration has no such section.
 *
 * @throws ConfigurationInvalid for files that cannot be read or do not fit together, or an address that cannot be had
 */
export async function bindLeases(configuration: Configuration): Promise<LeaseListener | undefined> {
  const { leases: section } = configuration.document;
  if (section === undefined) return undefined;
  const { certificate, key, clientCa } = section.tls;
  const gatewayKey = await readGatewayPublicKey(configuration, ["leases", "gatewayKey"], section.gatewayKey);
  // INVARIANT: leases are served to other processes on this listener alone, and it lets nobody in without a certificate.
  const listener = await bind(configuration, ["leases", "listen"], section.listen, {
    maxRequestBytes: MAX_LEASE_BYTES,
    mutualTls: await readMutualTls(configuration, ["leases", "tls"], {
      certificate,
      key,
      authority: { name: "clientCa", file: clientCa },
    }),
  });
  const uses = new Set<string>();
  let closing: PromiseWithResolvers<void> | undefined;
  const settled = (use: string): void => {
    uses.delete(use);
    if (uses.size === 0) closing?.resolve();
  };
  return Object.freeze<LeaseListener>({
    url: listener.url,
    serve: (leases) => {
      const app = leaseDirectoryHttp({
        gatewayKey,
        leases: {
          open: async (handle, proof) => {
            if (closing !== undefined) throw new Refusal("broker_unavailable", { detail: "it stops" });
            return leases.open(handle, proof);
          },
          claimUse: async (lease, request, proof) => {
            const use = await leases.claimUse(lease, request, proof);
            uses.add(use);
            return use;
          },
          refuse: (lease, reason, detail) => leases.refuse(lease, reason, detail),
          settle: async (lease, use, outcome) => {
            await leases.settle(lease, use, outcome);
            settled(use);
          },
        },
      });
      listener.serve(async (request) => app.fetch(request));
    },
    close: async () => {
      closing = Promise.withResolvers();
      if (uses.size > 0) await closing.promise;
      await listener.close();
    },
  });
}
