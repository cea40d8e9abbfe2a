import { type Facts, ProposedMoney, Refusal, type ValueMap, factAt, isMoney } from "@watchword/core";

/**
 * Where the amount of a credit note goes, once it is decided: an open invoice asks for less, and that is all; of a paid one
 * the customer's balance gets the whole, which the tool has to say, since it is another thing than what it would be before.
 *
 * @throws Refusal `condition_failed` when the invoice's state wants the other, or the balance would get another amount
 */
export function decideCredit(operation: string, values: ValueMap, facts: Facts): ValueMap {
  const { amount, credit_amount: credited } = values;
  if (operation !== "credit_notes.create" || !isMoney(amount)) return values;
  const status = factAt(facts.values, ["invoice", "status"]);
  if (status === undefined) return values;
  if (status !== "paid") {
    if (credited === undefined) return values;
    throw failed("the invoice is not paid: it asks for less, and nobody's balance gets anything");
  }
  const stated = ProposedMoney.safeParse(credited).data;
  if (stated === undefined) throw failed("the invoice is paid: what the customer's balance gets is not said");
  // INVARIANT: a limit on the amount is one on what the balance gets.
  if (stated.minor !== amount.minor || (stated.currency ?? amount.currency) !== amount.currency)
    throw failed("the customer's balance gets the amount, no other");
  return { ...values, credit_amount: amount };
}

function failed(detail: string): Refusal {
  return new Refusal("condition_failed", { detail, failedFact: "argument:credit_amount" });
}
