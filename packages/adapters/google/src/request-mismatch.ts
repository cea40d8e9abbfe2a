import { Refusal } from "@watchword/core";

/** A request that is not an operation in its one spelling. */
export function requestMismatch(detail: string): Refusal {
  return new Refusal("request_mismatch", { detail: `google: ${detail}`, failedFact: "action" });
}
