import { type Facts, Money, ProposedMoney, Refusal, type ValueMap, factAt } from "@watchword/core";

/**
 * Currencies whose smallest unit at Stripe is not the one of ISO 4217 (MGA has no decimals there, ISK and UGX have two).
 * A ceiling or an approval would show an amount a hundred times off, so what moves them is left to people.
 */
const OTHER_UNITS: ReadonlySet<string> = new Set(["ISK", "MGA", "UGX"]);

/** What an amount is measured by. */
interface Limit {
  readonly argument: string;
  /** The fact that the amount is at most, beside its currency. */
  readonly object: string;
  readonly left: string;
  /** Whether it is that, all of it and no less: Stripe is not told an amount, and takes the object as a whole. */
  readonly whole?: true;
  /** The object, for people. */
  readonly words: string;
}

const LIMITS: Readonly<Record<string, Limit>> = Object.freeze({
  "refunds.create": {
    argument: "amount",
    object: "charge",
    left: "remainingMinor",
    words: "charge",
  },
  "payment_intents.capture": {
    argument: "amount_to_capture",
    object: "payment_intent",
    left: "capturableMinor",
    words: "payment",
  },
  "invoices.void": {
    argument: "amount_remaining",
    object: "invoice",
    left: "remainingMinor",
    whole: true,
    words: "invoice",
  },
  "disputes.close": {
    argument: "disputed_amount",
    object: "dispute",
    left: "amountMinor",
    whole: true,
    words: "dispute",
  },
  "credit_notes.create": {
    argument: "amount",
    object: "invoice",
    left: "creditableMinor",
    words: "invoice",
  },
  "invoiceitems.delete": {
    argument: "item_amount",
    object: "invoiceitem",
    left: "amountMinor",
    whole: true,
    words: "item",
  },
});

/** Amounts that no object bounds: the policy and people alone do. */
const STATED: Readonly<Record<string, string>> = Object.freeze({
  "invoiceitems.create": "amount",
  "payment_intents.create": "amount",
});

/**
 * The arguments with their amount decided: what was proposed, in the currency of the object that was looked up, and at
 * most what is left of it; all of that when no amount was named. Facts about an object exist only when it is the tenant's;
 * without them the arguments stay as they are, and the decision refuses for the owner.
 *
 * @throws Refusal `condition_failed` when the amount is zero, more than what is left, in another currency, or in one that
 * Stripe counts in another unit
 */
export function decideAmount(operation: string, values: ValueMap, facts: Facts): ValueMap {
  const stated = Object.hasOwn(STATED, operation) ? STATED[operation] : undefined;
  if (stated !== undefined) refuseStated(stated, values[stated]);
  const limit = Object.hasOwn(LIMITS, operation) ? LIMITS[operation] : undefined;
  if (limit === undefined) return values;
  const currency = factAt(facts.values, [limit.object, "currency"]);
  const leftMinor = factAt(facts.values, [limit.object, limit.left]);
  if (typeof currency !== "string" || typeof leftMinor !== "number") {
    // INVARIANT: what was found of the tenant's and has nothing to measure by (a payment that took nothing) bounds no amount.
    if (Object.keys(facts.values).length > 0) throw failed(limit.argument, `there is no ${limit.words} yet`);
    return values;
  }
  return { ...values, [limit.argument]: decided(limit, values[limit.argument], { currency, leftMinor }) };
}

function decided(
  limit: Limit,
  value: unknown,
  { currency, leftMinor }: { currency: string; leftMinor: number },
): Money {
  const fail = (detail: string): Refusal => failed(limit.argument, detail);
  refuseOtherUnit(limit.argument, currency);
  const proposed = value === undefined ? { minor: leftMinor } : ProposedMoney.safeParse(value).data;
  if (proposed === undefined)
    throw new Refusal("request_malformed", {
      detail: `${limit.argument} is not an amount`,
      failedFact: `argument:${limit.argument}`,
    });
  if (proposed.currency !== undefined && proposed.currency !== currency)
    throw fail(`the ${limit.words} is in ${currency}, the amount in ${proposed.currency}`);
  if (proposed.minor === 0)
    throw fail(leftMinor === 0 ? `nothing is left of the ${limit.words}` : "an amount of zero moves nothing");
  if (leftMinor < 0) throw fail(`the ${limit.words} is in the customer's favour; do this in the dashboard`);
  if (limit.whole === true && proposed.minor !== leftMinor)
    throw fail(`${proposed.minor} stated, the ${limit.words} is about ${leftMinor} (minor units)`);
  if (proposed.minor > leftMinor)
    throw fail(`${proposed.minor} asked, ${leftMinor} left of the ${limit.words} (minor units)`);
  return { minor: proposed.minor, currency };
}

function refuseStated(argument: string, value: unknown): void {
  const amount = Money.safeParse(value).data;
  if (amount === undefined)
    throw new Refusal("request_malformed", {
      detail: `${argument} is not an amount with its currency`,
      failedFact: `argument:${argument}`,
    });
  refuseOtherUnit(argument, amount.currency);
  if (amount.minor === 0) throw failed(argument, "an amount of zero moves nothing");
}

function refuseOtherUnit(argument: string, currency: string): void {
  if (OTHER_UNITS.has(currency))
    throw failed(
      argument,
      `Stripe counts ${currency} in another unit than ISO 4217; do this in the dashboard`,
    );
}

function failed(argument: string, detail: string): Refusal {
  return new Refusal("condition_failed", { detail, failedFact: `argument:${argument}` });
}
