import {
  ASSERTION_SECONDS,
  type Action,
  AssertionClaims,
  type PublicJwk,
  Refusal,
  TOKEN_TYPES,
  type UsedToken,
  type VerificationKey,
  actionDigest,
  agentUri,
  checkTimes,
  numericDate,
  parseAction,
  parseClaims,
  runUri,
  thumbprint,
  verificationKey,
  verifySignedToken,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import type { VerifiedRun } from "./run-token.ts";

/** An assertion that the run's own key signed about one action. Only {@link verifyAssertion} makes one. */
export interface VerifiedAssertion {
  readonly run: VerifiedRun;
  readonly action: Action;
  readonly actionDigest: string;
  readonly tool: string;
  readonly callId: string;
  readonly approvalId: string | undefined;
  readonly assertedPolicyVersion: string | undefined;
  /** To be spent in the transaction that acts on it. */
  readonly token: UsedToken;
}

/** Imports run keys once while they are in use; keyed by their thumbprint, so that two keys never meet. */
export type RunKeyCache = Map<string, VerificationKey>;

/** Bytes of an assertion, at most. */
const ASSERTION_BYTES = 65_536;

const MAX_CACHED_KEYS = 10_000;

/**
 * Verifies an assertion with the key that the broker stored when the run started, and recomputes the action digest.
 *
 * @throws Refusal `token_…`, `digest_mismatch`, `request_malformed`
 */
export async function verifyAssertion(
  context: BrokerContext,
  cache: RunKeyCache,
  run: VerifiedRun,
  token: string,
): Promise<VerifiedAssertion> {
  const key = await runKey(cache, run.record.publicJwk);
  const claims = parseClaims(
    AssertionClaims,
    // It holds the action, and an action may hold a file.
    await verifySignedToken(token, { typ: TOKEN_TYPES.assertion, maxBytes: ASSERTION_BYTES, key: () => key }),
  );
  if (claims.iss !== runUri(run.record.id)) throw untrusted("the assertion is of another run");
  if (claims.sub !== agentUri(run.record.agent)) throw untrusted("the assertion is of another agent");
  if (claims.aud !== context.issuer)
    throw new Refusal("token_wrong_audience", {
      detail: "the assertion is for another broker",
      failedFact: "token",
    });
  checkTimes(claims, numericDate(context.clock), ASSERTION_SECONDS);
  if (claims.ath !== run.tokenDigest) throw untrusted("the assertion was made beside another run token");
  const action = parseAction(claims.action);
  const digest = actionDigest(action);
  if (claims.action_digest !== digest || claims.txn !== action.txn)
    throw new Refusal("digest_mismatch", {
      detail: "action, digest and txn do not belong together",
      failedFact: "action",
    });
  return {
    run,
    action,
    actionDigest: digest,
    tool: claims.call.tool,
    callId: claims.call.id,
    approvalId: claims.approval_id,
    assertedPolicyVersion: claims.policy_version,
    token: { issuer: claims.iss, jti: claims.jti, expiresAt: claims.exp },
  };
}

/** The run's public key, imported once while it is in use. */
export async function runKey(cache: RunKeyCache, jwk: PublicJwk): Promise<VerificationKey> {
  const name = await thumbprint(jwk);
  const cached = cache.get(name);
  if (cached !== undefined) return cached;
  const key = await verificationKey(name, jwk);
  if (cache.size >= MAX_CACHED_KEYS) cache.clear();
  cache.set(name, key);
  return key;
}

function untrusted(detail: string): Refusal {
  return new Refusal("token_untrusted", { detail, failedFact: "token" });
}
