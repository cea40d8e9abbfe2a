import { REASONS, type Reason, type Refusal, isRetryable } from "@watchword/core";
import { FRESH_LOGIN_SECONDS } from "../approvals/check-approver.ts";
import { answerJson } from "./answer-json.ts";
import { answerFor } from "./caller-of-answer.ts";

/** Reasons that have another status here, where it is the operator's own request that is wrong. */
const STATUS: Partial<Record<Reason, number>> = {
  configuration_invalid: 400,
  development_setting: 400,
  policy_invalid: 400,
  tenant_unknown: 404,
};

/**
 * The HTTP form of a refusal at the operators' API. `known`: to whom the broker has told apart from a stranger, everything is
 * said.
 */
export function answerOperatorRefusal(refusal: Refusal, known: boolean): Response {
  const { reason, receipt } = refusal;
  const { oauth, text, status } = REASONS[reason];
  const response = answerJson(reason.startsWith("token_") ? 401 : (STATUS[reason] ?? status), {
    error: oauth,
    error_description: text,
    reason,
    retryable: isRetryable(reason),
    ...(known ? { detail: detailOf(refusal) } : {}),
    ...(known && receipt !== undefined ? { receipt } : {}),
  });
  if (response.status === 401) response.headers.set("www-authenticate", challenge(reason));
  return answerFor(known ? "known" : "stranger", response);
}

/** RFC 6750 section 3; RFC 9470 section 3 for a login of too long ago. */
function challenge(reason: Reason): string {
  if (reason !== "login_refused") return 'Bearer error="invalid_token"';
  return `Bearer error="insufficient_user_authentication", max_age="${FRESH_LOGIN_SECONDS}"`;
}

function detailOf({ message, reason }: Refusal): string {
  const prefix = `${reason}: `;
  return message.startsWith(prefix) ? message.slice(prefix.length) : message;
}
