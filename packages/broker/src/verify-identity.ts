import { type IdentityVerifier, Refusal, type VerifiedIdentity, readCompactJws } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";

/** A verified identity with the verifier that vouches for it. */
export interface Vouched extends VerifiedIdentity {
  readonly verifier: IdentityVerifier;
}

/**
 * Verifies a token of a configured issuer for one use. The unverified `iss` only selects among configured verifiers;
 * each then insists on its own.
 *
 * @throws Refusal `token_untrusted` when no verifier of that issuer serves this use, and whatever the verifier refuses.
 */
export async function verifyIdentity(
  context: BrokerContext,
  token: string,
  use: "workload" | "user" | "approver",
): Promise<Vouched> {
  const { iss } = readCompactJws(token).claims;
  const verifier = typeof iss === "string" ? context.verifiers.get(iss) : undefined;
  if (verifier === undefined || !verifier.uses.includes(use)) {
    throw new Refusal("token_untrusted", {
      detail: `no configured issuer for this ${use} token`,
      failedFact: use === "workload" ? "agent" : "user",
    });
  }
  const identity = await verifier.verify(token);
  if (identity.issuer !== verifier.issuer)
    throw new Refusal("internal", { detail: "a verifier answered for another issuer" });
  return { ...identity, verifier };
}
