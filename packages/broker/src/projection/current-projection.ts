import {
  PROJECTION_BYTES,
  type ProjectionClaims,
  TOKEN_TYPES,
  type TaggedProjection,
  agentUri,
  digestOf,
  numericDate,
  projectionUrl,
  signToken,
  splitAgentReference,
} from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { type RunProof, provenRun } from "../proven-run.ts";
import { checkRunning } from "../run-token.ts";
import type { AgentProjections } from "./agent-projections.ts";
import { recordAsRefused } from "./record-as-refused.ts";

/** Seconds in which every question of an agent's runtimes gets the same token. */
const STEP_SECONDS = 150;

/** Seconds that a projection lives, at most: two heartbeats of a run. What a newer policy allows is denied no longer than this. */
const LIFE_SECONDS = 600;

/**
 * The projection of the run's own agent, of the policy that this broker decides by. With the tag of the one that is current it is
 * `unchanged`, and nothing is signed.
 *
 * INVARIANT: the run says which agent; nobody asks for another's. It is signed for that agent alone.
 *
 * @throws Refusal `token_…`, `proof_invalid`, `proof_nonce_required` (counted); `run_ended` (recorded)
 */
export async function currentProjection(
  context: BrokerContext,
  projections: AgentProjections,
  caller: RunProof,
  etag: string | undefined,
): Promise<TaggedProjection | "unchanged" | "none"> {
  const run = await provenRun(context, caller, { method: "GET", url: projectionUrl(context.issuer) });
  try {
    checkRunning(run);
  } catch (error) {
    throw await recordAsRefused(context, run, error, "projection");
  }
  const { agent } = run.record;
  // The policy and its epoch are read together, without anything in between that waits.
  const { policy, policyEpoch } = context;
  const { document, digest } = projections.of(policy, splitAgentReference(agent).id);
  const { signer } = context.keys.runs;
  const now = numericDate(context.clock);
  const iat = now - (now % STEP_SECONDS);
  const claims = {
    iss: context.issuer,
    aud: agentUri(agent),
    iat,
    exp: iat + LIFE_SECONDS,
    policy_version: policy.version,
    epoch: policyEpoch,
  };
  // Over the key, too: what is signed anew by another key is another token.
  const tag = digestOf([claims, digest, signer.keyId]);
  if (etag === tag) return "unchanged";
  const full: ProjectionClaims = { ...claims, projection: document };
  const token = await signToken(signer, TOKEN_TYPES.projection, full);
  return token.length > PROJECTION_BYTES ? "none" : { etag: tag, token };
}
