import { type AccessClaims, type ActorClaim, CLAIMS } from "@watchword/core";

/** What a request may do, by a token that was taken for it: one operation, for one tenant, with the arguments that were compared. */
export interface VerifiedAction {
  /** The tenant as this service knows it. Every object that is touched must be this tenant's: that is the service's to see to. */
  readonly tenant: string;
  readonly operation: string;
  readonly access: "read" | "write";
  /** On whose behalf: a person, or the agent itself. */
  readonly principal: { readonly kind: "user" | "agent"; readonly issuer: string; readonly subject: string };
  /** Who acts now (RFC 8693 section 4.1): `urn:watchword:agent:support@3`. */
  readonly actor: string;
  /** Agents from the root run's to the actor. For records; nothing is granted by an earlier one. */
  readonly chain: readonly string[];
  /** The workload that runs the agent. */
  readonly workload: string;
  readonly run: string;
  readonly decisionId: string;
  readonly leaseId: string;
  /** SHA-256 of the whole action, as approval, decision and ledger name it. */
  readonly actionDigest: string;
  /** The same for the same effect, whatever decision it came from: what makes an effect happen once. */
  readonly idempotencyKey: string;
  readonly policyVersion: string;
  /** NumericDate. */
  readonly expiresAt: number;
}

/** What claims say that were verified, and compared with the request. */
export function verifiedAction(claims: AccessClaims): VerifiedAction {
  const decision = claims[CLAIMS.decision];
  const [{ actions, access, resource }] = claims.authorization_details;
  return Object.freeze<VerifiedAction>({
    tenant: resource["tenant"] ?? "",
    operation: actions[0],
    access,
    principal: Object.freeze({ ...decision.principal, subject: claims.sub }),
    actor: claims.act.sub,
    chain: Object.freeze(actorsOf(claims.act).toReversed()),
    workload: claims.client_id,
    run: decision.run,
    decisionId: decision.id,
    leaseId: claims.jti,
    actionDigest: decision.action_digest,
    idempotencyKey: decision.idempotency_key,
    policyVersion: decision.policy_version,
    expiresAt: claims.exp,
  });
}

function actorsOf(act: ActorClaim): string[] {
  return [act.sub, ...(act.act === undefined ? [] : actorsOf(act.act))];
}
