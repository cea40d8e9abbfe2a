import { Refusal } from "@watchword/core";

/** The refusal for a request that is not one of the catalogue's, or not in the one spelling that is read. */
export function requestMismatch(detail: string): Refusal {
  return new Refusal("request_mismatch", { detail, failedFact: "action" });
}
