import {
  type Action,
  type Facts,
  type Money,
  ProposedMoney,
  Refusal,
  type ValueMap,
  factAt,
} from "@watchword/core";
import type { StripeSettings } from "./stripe-options.ts";

/**
 * Currencies whose smallest unit at Stripe is not the one of ISO 4217 (MGA has no decimals there, ISK and UGX have two).
 * A ceiling or an approval would show an amount a hundred times off, so their refunds are left to people.
 */
const OTHER_UNITS: ReadonlySet<string> = new Set(["ISK", "MGA", "UGX"]);

/**
 * Fills in what an action leaves open: the account, the currency of an amount, and the whole remaining amount when none
 * was named. Facts about a charge exist only when it is the tenant's; without them the amount stays as it was proposed,
 * and the decision refuses for the owner.
 *
 * @throws Refusal `tenant_mismatch` when the action names another account, or another tenant's charge of a shared one;
 * `condition_failed` when the amount is zero, more than what remains, in another currency, or in one that Stripe counts
 * in another unit
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
  if (settings.tenancy !== "connected-account") refuseForeign(facts);
  const resource = { ...action.resource, account };
  const charge = action.operation === "refunds.create" ? chargeFacts(facts) : undefined;
  if (charge === undefined) return { resource, arguments: action.arguments };
  return { resource, arguments: { ...action.arguments, amount: decideAmount(action.arguments, charge) } };
}

// INVARIANT: in a shared account nothing at Stripe keeps tenants apart, so no grant may open what this looked up.
function refuseForeign(facts: Facts): void {
  if (Object.values(facts.owners).every((owner) => owner === "tenant")) return;
  throw new Refusal("tenant_mismatch", {
    detail: "the charge does not carry this tenant in its metadata",
    failedFact: "tenant",
  });
}

interface ChargeFacts {
  readonly currency: string;
  readonly remainingMinor: number;
}

function chargeFacts(facts: Facts): ChargeFacts | undefined {
  const currency = factAt(facts.values, ["charge", "currency"]);
  const remainingMinor = factAt(facts.values, ["charge", "remainingMinor"]);
  return typeof currency === "string" && typeof remainingMinor === "number"
    ? { currency, remainingMinor }
    : undefined;
}

function decideAmount(values: ValueMap, charge: ChargeFacts): Money {
  if (OTHER_UNITS.has(charge.currency))
    throw failed(
      `Stripe counts ${charge.currency} in another unit than ISO 4217; refund it in the dashboard`,
    );
  const proposed =
    values["amount"] === undefined
      ? { minor: charge.remainingMinor }
      : ProposedMoney.safeParse(values["amount"]).data;
  if (proposed === undefined)
    throw new Refusal("request_malformed", {
      detail: "amount is not an amount",
      failedFact: "argument:amount",
    });
  if (proposed.currency !== undefined && proposed.currency !== charge.currency)
    throw failed(`the charge is in ${charge.currency}, the amount in ${proposed.currency}`);
  if (proposed.minor === 0)
    throw failed(
      charge.remainingMinor === 0 ? "nothing remains of the charge" : "an amount of zero refunds nothing",
    );
  if (proposed.minor > charge.remainingMinor)
    throw failed(`${proposed.minor} asked, ${charge.remainingMinor} remain of the charge (minor units)`);
  return { minor: proposed.minor, currency: charge.currency };
}

function failed(detail: string): Refusal {
  return new Refusal("condition_failed", { detail, failedFact: "argument:amount" });
}
