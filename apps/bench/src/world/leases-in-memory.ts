import { type LeaseDirectory, type OpenedLease, Refusal, SealedCredential } from "@watchword/core";
import { NOTE } from "./noted-orders.ts";

/**
 * A directory with one lease of any number of uses, in memory: what the broker does for a use is the broker's to measure. Each proof
 * holds once, as everywhere.
 */
export function leasesInMemory(handle: string, thumbprint: string): LeaseDirectory {
  const lease: OpenedLease = {
    leaseId: "lease_bench",
    tenant: "mid",
    system: NOTE.system,
    authority: NOTE,
    stamp: { decisionId: "dec_bench", idempotencyKey: "idem_bench" },
    credential: new SealedCredential("rk_test_bench_0123456789abcdef"),
  };
  const spent = new Set<string>();
  return {
    open: async (shown, proof) => {
      if (shown !== handle) throw new Refusal("lease_unknown");
      if (proof.thumbprint !== thumbprint) throw new Refusal("proof_invalid");
      return lease;
    },
    claimUse: async (_lease, _request, { jti }) => {
      if (spent.has(jti)) throw new Refusal("token_replayed");
      spent.add(jti);
      return jti;
    },
    refuse: async () => undefined,
    settle: async () => undefined,
  };
}
