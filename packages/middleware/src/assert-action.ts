import {
  ASSERTION_SECONDS,
  type Action,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPES,
  TOKEN_TYPE_URIS,
  type TokenRequest,
  actionDigest,
  agentUri,
  numericDate,
  randomToken,
  runUri,
  sha256,
  signToken,
} from "@watchword/core";
import type { RunSession } from "./run-session.ts";

/** The tool call behind an action, as the runtime attests it. */
export interface AssertedCall {
  readonly tool: string;
  readonly id: string;
  /** Of the approval that this call goes on from. */
  readonly approvalId: string | undefined;
  /** Id of this very action's lease, when that is to be prolonged. */
  readonly prolongs?: string;
}

/**
 * Signs the statement "this run proposes this action" with the run key, and puts it into the exchange. It is good for
 * one use within a minute, beside this run token only.
 */
export async function assertAction(
  session: RunSession,
  action: Action,
  call: AssertedCall,
): Promise<TokenRequest> {
  const now = numericDate(session.clock);
  // One token for both: a renewal in between must not part the assertion from what it was made beside.
  const runToken = session.runToken();
  const assertion = await signToken(session.signer, TOKEN_TYPES.assertion, {
    iss: runUri(session.frame.runId),
    sub: agentUri(session.frame.agent),
    aud: session.broker.issuer,
    iat: now,
    exp: now + ASSERTION_SECONDS,
    jti: randomToken(16),
    txn: action.txn,
    ath: sha256(runToken),
    call: { tool: call.tool, id: call.id },
    action,
    action_digest: actionDigest(action),
    ...(session.policyVersion === undefined ? {} : { policy_version: session.policyVersion }),
    ...(call.approvalId === undefined ? {} : { approval_id: call.approvalId }),
    ...(call.prolongs === undefined ? {} : { prolong: call.prolongs }),
  });
  return {
    grant_type: TOKEN_EXCHANGE_GRANT,
    subject_token: runToken,
    subject_token_type: TOKEN_TYPE_URIS.run,
    actor_token: assertion,
    actor_token_type: TOKEN_TYPE_URIS.assertion,
  };
}
