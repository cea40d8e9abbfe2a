import {
  REASONS,
  type Reason,
  type Refusal,
  type TokenAnswer,
  type TokenFailure,
  isRetryable,
} from "@watchword/core";
import { answerFor, callerOf } from "./caller-of-answer.ts";

/** Seconds after which asking again can make sense when the broker cannot answer now. */
const RETRY_AFTER_SECONDS = 2;

/** The HTTP form of an answer: RFC 8693 section 2.2.1 with 200, or RFC 6749 section 5.2. */
export function answerToken(answer: TokenAnswer): Response {
  if (answer.ok) {
    const { ok: _, ...members } = answer;
    return answerJson(200, members);
  }
  const { ok: _, dpop_nonce: nonce, ...members } = answer;
  const response = answerJson(statusOf(members.error), members);
  if (members.retry_after !== undefined) response.headers.set("retry-after", String(members.retry_after));
  // RFC 9449 section 8
  if (nonce !== undefined) response.headers.set("dpop-nonce", nonce);
  // RFC 6749 section 5.2
  if (response.status === 401) response.headers.set("www-authenticate", 'DPoP algs="ES256"');
  // A decision is made about somebody who was verified, and about nobody else.
  return answerFor(members.decision_id === undefined ? "stranger" : "known", response);
}

/** The HTTP form of a refusal, as the exchange says it of its own. */
export function answerRefusal(refusal: Refusal): Response {
  const { reason, decisionId, retryAfterSeconds } = refusal;
  const response = answerToken({
    ok: false,
    ...describe(reason),
    ...(decisionId === undefined ? {} : { decision_id: decisionId }),
    ...(retryAfterSeconds === undefined ? {} : { retry_after: retryAfterSeconds }),
  });
  return answerFor(callerOf(refusal), response);
}

/** The answer to anything but a POST (RFC 6749 section 3.2). */
export function answerOtherMethod(): Response {
  const response = answerJson(405, describe("request_malformed"));
  response.headers.set("allow", "POST");
  return response;
}

/** Any answer here: JSON that no cache keeps (RFC 6749 section 5.1) and no browser reads as something else. */
export function answerJson(status: number, members: object): Response {
  const headers = new Headers({
    "content-type": "application/json",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
  });
  if (status === 503) headers.set("retry-after", String(RETRY_AFTER_SECONDS));
  return new Response(JSON.stringify(members), { status, headers });
}

function describe(
  reason: Reason,
): Pick<TokenFailure, "error" | "error_description" | "reason" | "retryable"> {
  const { oauth, text } = REASONS[reason];
  return { error: oauth, error_description: text, reason, retryable: isRetryable(reason) };
}

/** RFC 6749 section 5.2 knows 400; where it is not the request that is wrong, the status says so. */
function statusOf(error: string): 400 | 401 | 500 | 503 {
  if (error === "invalid_client") return 401;
  if (error === "temporarily_unavailable") return 503;
  return error === "server_error" ? 500 : 400;
}
