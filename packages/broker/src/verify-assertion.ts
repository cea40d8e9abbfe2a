import {
  type Action,
  AssertionClaims,
  type PublicJwk,
  Refusal,
  TOKEN_TYPES,
  type UsedToken,
  type VerificationKey,
  actionDigest,
  parseAction,
  thumbprint,
  verificationKey,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import type { VerifiedRun } from "./run-token.ts";
import { verifyRunStatement } from "./verify-run-statement.ts";

/** An assertion that the run's own key signed about one action. Only {@link verifyAssertion} makes one. */
export interface VerifiedAssertion {
  readonly run: VerifiedRun;
  readonly action: Action;
  readonly actionDigest: string;
  readonly tool: string;
  readonly callId: string;
  readonly approvalId: string | undefined;
  /** The lease that is to be prolonged; `undefined`: the action asks for its own. */
  readonly prolongs: string | undefined;
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
  const { claims, token: used } = await verifyRunStatement(context, run, key, token, {
    typ: TOKEN_TYPES.assertion,
    claims: AssertionClaims,
    // It holds the action, and an action may hold a file.
    maxBytes: ASSERTION_BYTES,
    name: "the assertion",
  });
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
    prolongs: claims.prolong,
    assertedPolicyVersion: claims.policy_version,
    token: used,
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
