import {
  type IdentityUse,
  type IdentityVerifier,
  Refusal,
  type VerifiedIdentity,
  readCompactJws,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";

/** A verified identity with the verifier that vouches for it. */
export interface Vouched extends VerifiedIdentity {
  readonly verifier: IdentityVerifier;
}

/** Which side of a decision fails with a token of each use. */
const FAILED_FACT = {
  workload: "agent",
  user: "user",
  approver: "user",
  evidence: "evidence",
  operator: "user",
} as const;

/**
 * Verifies a token of a configured issuer for one use. The unverified `iss` only selects among configured verifiers;
 * each then insists on its own.
 *
 * @throws Refusal `token_untrusted` when no verifier of that issuer serves this use, and whatever the verifier refuses.
 */
export async function verifyIdentity(
  context: Pick<BrokerContext, "verifiers">,
  token: string,
  use: IdentityUse,
): Promise<Vouched> {
  const { iss } = readCompactJws(token).claims;
  const verifier = typeof iss === "string" ? context.verifiers.get(iss) : undefined;
  if (verifier === undefined || !verifier.uses.includes(use)) {
    throw new Refusal("token_untrusted", {
      detail: `no configured issuer for this ${use} token`,
      failedFact: FAILED_FACT[use],
    });
  }
  const identity = await verifier.verify(token);
  if (identity.issuer !== verifier.issuer)
    throw new Refusal("internal", { detail: "a verifier answered for another issuer" });
  return { ...identity, verifier };
}
