import { Refusal } from "@watchword/core";

/** The refusal of a text that is not what it was said to be. It says what is wrong in our words, never in the text's. */
export function unreadable(detail: string): Refusal {
  return new Refusal("request_malformed", { detail, failedFact: "evidence" });
}
