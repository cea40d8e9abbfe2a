import { type Action, type Facts, Refusal, type ValueMap } from "@watchword/core";
import { decideAmount } from "./decide-amount.ts";
import { decideCredit } from "./decide-credit.ts";
import type { StripeSettings } from "./stripe-options.ts";

/**
 * Fills in what an action leaves open: the account, the currency of an amount, and the whole amount when none was named.
 *
 * @throws Refusal `tenant_mismatch` when the action names another account, or another tenant's object of a shared one, or
 * would write the mark that says whose an object is; `condition_failed` for an amount, see {@link decideAmount} and
 * {@link decideCredit}
 */
export function completeAction(
  settings: StripeSettings,
  action: Action,
  facts: Facts,
  account: string,
): Pick<Action, "resource" | "arguments"> {
  const named = action.resource["account"];
  if (named !== undefined && named !== account)
    throw new Refusal("tenant_mismatch", {
      detail: "the action names an account that is not the tenant's",
      failedFact: "tenant",
    });
  if (settings.tenancy !== "connected-account") {
    refuseForeign(facts);
    refuseMark(action.arguments, settings.tenancy.metadata);
  }
  return {
    resource: { ...action.resource, account },
    arguments: decideCredit(action.operation, decideAmount(action.operation, action.arguments, facts), facts),
  };
}

// INVARIANT: in a shared account nothing at Stripe keeps tenants apart, so no grant may open what this looked up.
function refuseForeign(facts: Facts): void {
  if (Object.values(facts.owners).every((owner) => owner === "tenant")) return;
  throw new Refusal("tenant_mismatch", {
    detail: "the object does not carry this tenant in its metadata, nor does the one that it belongs to",
    failedFact: "tenant",
  });
}

// INVARIANT: whoever may write the mark decides whose an object is, so no note of an agent is one.
function refuseMark(values: ValueMap, mark: string): void {
  const { metadata } = values;
  if (typeof metadata !== "object" || !Object.hasOwn(metadata, mark)) return;
  throw new Refusal("tenant_mismatch", {
    detail: `metadata ${mark} says whose an object is; only the account's own people write it`,
    failedFact: "argument:metadata",
  });
}
