import { REASONS, type Reason, type TokenFailure, isReason, isRetryable } from "@watchword/core";

/** What a guarded tool returns instead of its result: safe to show to a model, the same shape for every refusal. */
export interface Denial {
  /** The OAuth code of the reason. */
  readonly error: string;
  readonly reason: Reason;
  readonly decision_id?: string;
  readonly retryable: boolean;
  /** Seconds after which the same can be asked again, where that is known. */
  readonly retry_after?: number;
  readonly approval_id?: string;
  readonly approval_url?: string;
}

const NAME = /^[A-Za-z0-9_-]{1,128}$/;

/** A denial for a reason. Its texts come from the reason table, so nothing else can get into them. */
export function denial(reason: Reason, decisionId?: string): Denial {
  const id = decisionId === undefined || !NAME.test(decisionId) ? {} : { decision_id: decisionId };
  // The model learns that the tool failed, not how: the OAuth code of this one says nothing more.
  return Object.freeze({
    error: reason === "tool_failed" ? reason : REASONS[reason].oauth,
    reason,
    ...id,
    retryable: isRetryable(reason),
  });
}

/** The denial that a broker's failure is. What is not of the expected form is left out. */
export function denialOf(failure: TokenFailure): Denial {
  const reason = isReason(failure.reason) ? failure.reason : "internal";
  const { approval_id: id, approval_uri: uri, retry_after: after } = failure;
  return Object.freeze({
    ...denial(reason, failure.decision_id),
    ...(after === undefined || !Number.isSafeInteger(after) || after < 0 ? {} : { retry_after: after }),
    ...(id === undefined || !NAME.test(id) ? {} : { approval_id: id }),
    ...(uri === undefined || !isLink(uri) ? {} : { approval_url: uri }),
  });
}

function isLink(text: string): boolean {
  return text.length <= 512 && /^https?:\/\/[\w.:[\]-]+\/[\w./~-]*$/.test(text);
}
