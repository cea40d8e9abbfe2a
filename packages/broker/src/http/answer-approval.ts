import { REASONS, Refusal, isRetryable } from "@watchword/core";
import { DecidedAlready } from "../approvals/approver-refusal.ts";
import { NonceRequired } from "../proven-run.ts";
import { answerJson } from "./answer-json.ts";
import { answerFor, callerOf } from "./caller-of-answer.ts";

/** How the caller of a route shows who it is. */
export type ApprovalScheme = "Bearer" | "DPoP";

/**
 * Answers a route's work, a refusal included, which `refused` is told of. What nobody planned for goes on to the application,
 * which says no more of it than its class.
 */
export function answering(
  scheme: ApprovalScheme,
  refused: (refusal: Refusal) => void,
): (work: () => Promise<Response>) => Promise<Response> {
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      if (!Refusal.is(error)) throw error;
      refused(error);
      return answerApprovalRefusal(error, scheme);
    }
  };
}

/**
 * The HTTP form of a refusal at the endpoints about approvals. Another tenant's approval and one that never was have the
 * same.
 */
function answerApprovalRefusal(refusal: Refusal, scheme: ApprovalScheme): Response {
  const { reason } = refusal;
  const { oauth, text, status } = REASONS[reason];
  const response = answerJson(statusOf(refusal, status), {
    error: oauth,
    error_description: text,
    reason,
    retryable: isRetryable(reason),
    ...(refusal instanceof DecidedAlready ? { state: refusal.state } : {}),
  });
  // RFC 6750 section 3, RFC 9449 sections 7.1 and 9
  if (response.status === 401) response.headers.set("www-authenticate", challenge(refusal, scheme));
  if (refusal instanceof NonceRequired) response.headers.set("dpop-nonce", refusal.nonce);
  return answerFor(callerOf(refusal), response);
}

function statusOf(refusal: Refusal, status: number): number {
  const { reason } = refusal;
  if (refusal instanceof DecidedAlready) return 409;
  return reason.startsWith("token_") || reason === "proof_nonce_required" || reason === "run_ended"
    ? 401
    : status;
}

function challenge({ reason }: Refusal, scheme: ApprovalScheme): string {
  if (scheme === "Bearer") return 'Bearer error="invalid_token"';
  const error = reason === "proof_nonce_required" ? "use_dpop_nonce" : "invalid_token";
  return `DPoP error="${error}", algs="ES256"`;
}
