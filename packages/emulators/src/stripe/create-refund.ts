import type { AccountState, TwinCharge, TwinRefund } from "./account-state.ts";
import { amountText } from "./amount-text.ts";
import { type Parameters, readInteger } from "./parameters.ts";
import { readMetadata } from "./read-metadata.ts";
import { StripeProblem, missingObject } from "./stripe-problem.ts";

const REASONS: readonly string[] = ["duplicate", "fraudulent", "requested_by_customer"];

/** A refund that is asked for, its parameters checked. */
export interface RefundTerms {
  readonly charge: string | undefined;
  readonly payment_intent: string | undefined;
  readonly amount: number | undefined;
  readonly reason: string | undefined;
  readonly metadata: Readonly<Record<string, string>>;
}

/** What Stripe checks of the parameters alone: a call that fails here has not begun, and its key stays unused. */
export function readRefundTerms(parameters: Parameters): RefundTerms {
  const charge = parameters.plain.get("charge");
  const payment_intent = parameters.plain.get("payment_intent");
  if (charge !== undefined && payment_intent !== undefined) {
    throw new StripeProblem(400, {
      message: "You may only specify one of these parameters: payment_intent, charge.",
    });
  }
  if (charge === undefined && payment_intent === undefined) {
    throw new StripeProblem(400, {
      code: "parameter_missing",
      message: "One of the following params should be provided for this request: payment_intent or charge.",
    });
  }
  const reason = parameters.plain.get("reason");
  if (reason !== undefined && !REASONS.includes(reason)) {
    throw new StripeProblem(400, {
      message: `Invalid reason: must be one of ${REASONS.join(", ")}`,
      param: "reason",
    });
  }
  return {
    charge,
    payment_intent,
    amount: readInteger(parameters, "amount"),
    reason,
    metadata: readMetadata(parameters),
  };
}

/** `POST /v1/refunds`: everything that Stripe checks of the charge before money moves, then the refund. */
export function createRefund(account: AccountState, terms: RefundTerms, id: string, now: number): TwinRefund {
  const { amount, reason, metadata } = terms;
  const charge = chargeOf(account, terms);
  return account.refund(
    id,
    charge,
    { amount: refundable(charge, amount), metadata, ...(reason === undefined ? {} : { reason }) },
    now,
  );
}

/** `POST /v1/refunds/:id/cancel`: only while the refund waits for the customer. */
export function cancelRefund(account: AccountState, id: string): TwinRefund {
  const refund = account.refunds.get(id);
  if (refund === undefined) throw missingObject("refund", id, "refund");
  if (refund.status !== "requires_action")
    throw new StripeProblem(400, { message: `A refund with status ${refund.status} cannot be canceled.` });
  return account.cancel(refund);
}

function chargeOf(account: AccountState, { charge: named, payment_intent }: RefundTerms): TwinCharge {
  if (payment_intent === undefined) {
    const charge = account.charges.get(named ?? "");
    if (charge === undefined) throw missingObject("charge", named ?? "", "charge");
    return charge;
  }
  const payment = account.payment_intents.get(payment_intent);
  if (payment === undefined) throw missingObject("payment_intent", payment_intent, "payment_intent");
  const charge = account.charges.get(payment.latest_charge ?? "");
  if (charge === undefined)
    throw new StripeProblem(400, {
      message: `This PaymentIntent (${payment_intent}) does not have a successful charge to refund.`,
    });
  return charge;
}

function refundable(charge: TwinCharge, asked: number | undefined): number {
  if (charge.disputed)
    throw new StripeProblem(400, {
      code: "charge_disputed",
      message: `Charge ${charge.id} has been charged back; cannot issue a refund.`,
    });
  if (!charge.paid)
    throw new StripeProblem(400, {
      code: "charge_not_refundable",
      message: `Charge ${charge.id} is ${charge.status}; cannot issue a refund.`,
    });
  const remaining = charge.amount - charge.amount_refunded;
  if (remaining === 0)
    throw new StripeProblem(400, {
      code: "charge_already_refunded",
      message: `Charge ${charge.id} has already been refunded.`,
    });
  if (asked !== undefined && asked > remaining) {
    const [wanted, left] = [asked, remaining].map((minor) => amountText(minor, charge.currency));
    throw new StripeProblem(400, {
      message: `Refund amount (${wanted}) is greater than unrefunded amount on charge (${left})`,
      param: "amount",
    });
  }
  return asked ?? remaining;
}
