import { type Attributes, type Span, SpanStatusCode } from "@opentelemetry/api";
import { REASONS, type Reason, Refusal } from "@watchword/core";
import { attempt } from "./attempt.ts";
import { ATTRIBUTES } from "./attribute-names.ts";
import { type SpanCredential, credentialAttributes } from "./credential-attributes.ts";
import { type SpanDecision, decisionAttributes } from "./decision-attributes.ts";
import { type SpanPrincipal, principalAttributes } from "./principal-attributes.ts";

/** What code inside a span may say on it. It never throws, and takes nothing that could hold a secret. */
export interface SpanRecorder {
  /** Who acts, once that is verified. A function is asked only when the span is recorded. */
  identified(principal: SpanPrincipal | (() => SpanPrincipal)): void;
  /** What was decided. A correct denial is no error: the span's status stays unset. */
  decided(decision: SpanDecision): void;
  /** What was minted or leased. */
  issued(credential: SpanCredential): void;
  /**
   * Why it came to nothing, beside what was decided: a tool may fail after its `allow`. The span's status is an error where
   * the table of reasons counts it as a failure of ours or of a system (status 500 and above).
   */
  failed(reason: Reason): void;
}

/** The recorder of a span; of none, when telemetry could not start one. */
export function recorderOf(span: Span | undefined): SpanRecorder {
  const put = (attributes: () => Attributes): void => {
    attempt(() => {
      if (span?.isRecording() === true) span.setAttributes(attributes());
    });
  };
  return Object.freeze<SpanRecorder>({
    identified: (principal: SpanPrincipal | (() => SpanPrincipal)) =>
      put(() => principalAttributes(typeof principal === "function" ? principal() : principal)),
    decided: (decision: SpanDecision) => put(() => decisionAttributes(decision)),
    issued: (credential: SpanCredential) => put(() => credentialAttributes(credential)),
    failed: (reason: Reason) => {
      put(() => ({ [ATTRIBUTES.errorType]: reason }));
      attempt(() => {
        if (REASONS[reason].status >= 500) span?.setStatus({ code: SpanStatusCode.ERROR, message: reason });
      });
    },
  });
}

/**
 * Says on a span that its work threw. A refusal is said by its reason, and is an error only where the reason table counts
 * it as a failure of ours or of a system (status 500 and above).
 *
 * INVARIANT: neither message nor stack of an error reaches a span; they may quote what the error is about, a secret too.
 */
export function recordThrown(span: Span, error: unknown): void {
  attempt(() => {
    const reason = Refusal.is(error) ? error.reason : undefined;
    if (reason !== undefined && REASONS[reason].status < 500) {
      span.setAttributes(refusalAttributes(reason));
      return;
    }
    const kind = error instanceof Error ? error.constructor.name : typeof error;
    span.setAttribute(ATTRIBUTES.errorType, reason ?? kind);
    span.addEvent("exception", { [ATTRIBUTES.exceptionType]: kind });
    span.setStatus({ code: SpanStatusCode.ERROR, message: reason ?? "unplanned error" });
  });
}

/** What a span says of a refusal that was thrown. One that asks for an approval is no error. */
export function refusalAttributes(reason: Reason): Attributes {
  const outcome = reason === "approval_required" ? reason : "deny";
  return {
    [ATTRIBUTES.decisionOutcome]: outcome,
    [ATTRIBUTES.decisionReason]: reason,
    ...(outcome === "deny" ? { [ATTRIBUTES.errorType]: reason } : {}),
  };
}
