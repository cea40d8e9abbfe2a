import { Refusal, canonicalJson } from "@watchword/core";
import type { AllowedAction } from "./allowed-action.ts";
import type { BrokerContext } from "./broker-context.ts";
import { decideAction } from "./decide-action.ts";

/**
 * Looks again, right before the mint, at what an eval gate rests on: facts are resolved anew, evidence is read anew for the
 * commit that is the head *now*, and the policy decides anew. INVARIANT: what is minted for is what was decided, to the
 * letter; a head that moved meanwhile is another action.
 *
 * @throws Refusal `eval_red`, `eval_pending` or whatever else refuses now; `state_changed` when it would be allowed, but for
 *   something else
 */
export async function stillGreen(context: BrokerContext, allowed: AllowedAction): Promise<void> {
  const { decided, permission } = allowed;
  if (permission.evidence === undefined) return;
  const now = await decideAction(context, decided.assertion);
  const { decision } = now;
  if (decision.outcome === "deny")
    throw new Refusal(decision.reason, {
      detail: "it was allowed a moment ago, and is not any more",
      failedFact: decision.failedFact,
    });
  const same =
    decision.grantDigest === permission.grantDigest &&
    decision.factsDigest === decided.decision.factsDigest &&
    canonicalJson(now.completed) === canonicalJson(decided.completed);
  if (!same)
    throw new Refusal("state_changed", { detail: "facts changed before the mint", failedFact: "evidence" });
}
