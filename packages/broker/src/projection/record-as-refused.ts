import { Refusal, type UsedToken, newId } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { refusalEntry } from "../decision-entry.ts";
import { recordRefusal } from "../record-refusal.ts";
import type { VerifiedRun } from "../run-token.ts";

/** Records what a verified run was refused, as the broker's own decision, and gives what to answer. */
export async function recordAsRefused(
  context: BrokerContext,
  run: VerifiedRun,
  error: unknown,
  asked: "projection" | "denials",
  token?: UsedToken,
): Promise<Refusal> {
  const refusal = Refusal.from(error, "internal");
  const decisionId = newId("dec", context.clock.now());
  const entry = refusalEntry(context, run, decisionId, refusal, undefined, undefined);
  const asking = { ...entry, body: { ...entry.body, asked } };
  return (await recordRefusal(context, refusal, asking, token)).withDecision(decisionId);
}
