import type { AccountState } from "./account-state.ts";
import { amountText } from "./amount-text.ts";
import { readInteger } from "./parameters.ts";
import { readMetadata } from "./read-metadata.ts";
import { seedPaymentIntent } from "./seed-objects.ts";
import { StripeProblem, missingObject } from "./stripe-problem.ts";
import type { TwinPaymentIntent } from "./twin-objects.ts";
import type { WriteEndpoint } from "./write-endpoint.ts";

const REASONS: readonly string[] = ["duplicate", "fraudulent", "requested_by_customer", "abandoned"];
const CANCELABLE = [
  "requires_payment_method",
  "requires_capture",
  "requires_confirmation",
  "requires_action",
  "processing",
] as const;

/** What can be done to payments that are there. */
export const PAYMENT_INTENT_WRITES: readonly WriteEndpoint[] = [
  {
    method: "POST",
    path: /^\/v1\/payment_intents$/,
    resource: "payment_intents",
    parameters: { plain: ["customer", "amount", "currency", "description"], maps: ["metadata"] },
    begin(parameters, { nextId, seconds }) {
      const amount = readInteger(parameters, "amount");
      const currency = parameters.plain.get("currency")?.toLowerCase();
      if (amount === undefined || currency === undefined)
        throw new StripeProblem(400, {
          code: "parameter_missing",
          message: `Missing required param: ${amount === undefined ? "amount" : "currency"}.`,
          param: amount === undefined ? "amount" : "currency",
        });
      const customer = parameters.plain.get("customer");
      const metadata = readMetadata(parameters);
      return (account) => {
        if (customer !== undefined && !account.customers.has(customer))
          throw missingObject("customer", customer, "customer");
        // Nothing is taken: no method is named, and nobody confirmed.
        const seed = { amount, currency, metadata, status: "requires_payment_method" } as const;
        const whose = customer === undefined ? {} : { customer };
        return kept(account, seedPaymentIntent(nextId("pi"), { ...seed, ...whose }, seconds));
      };
    },
  },
  {
    method: "POST",
    path: /^\/v1\/payment_intents\/([A-Za-z0-9_]+)\/capture$/,
    resource: "payment_intents",
    parameters: { plain: ["amount_to_capture"], maps: ["metadata"] },
    begin(parameters, { id }) {
      const asked = readInteger(parameters, "amount_to_capture");
      const metadata = readMetadata(parameters);
      return (account) => {
        const intent = found(account, id);
        if (intent.status !== "requires_capture")
          throw unexpectedState(
            `This PaymentIntent could not be captured because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be captured: requires_capture.`,
          );
        const amount = asked ?? intent.amount_capturable;
        if (amount > intent.amount_capturable)
          throw new StripeProblem(400, {
            code: "amount_too_large",
            message: `Amount to capture (${amountText(amount, intent.currency)}) is greater than what can be captured (${amountText(intent.amount_capturable, intent.currency)}).`,
            param: "amount_to_capture",
          });
        // What is not captured is released.
        return kept(account, {
          ...intent,
          amount_capturable: 0,
          amount_received: amount,
          metadata: { ...intent.metadata, ...metadata },
          status: "succeeded",
        });
      };
    },
  },
  {
    method: "POST",
    path: /^\/v1\/payment_intents\/([A-Za-z0-9_]+)\/cancel$/,
    resource: "payment_intents",
    parameters: { plain: ["cancellation_reason"] },
    begin(parameters, { id }) {
      const reason = parameters.plain.get("cancellation_reason") ?? null;
      if (reason !== null && !REASONS.includes(reason))
        throw new StripeProblem(400, {
          message: `Invalid cancellation_reason: must be one of ${REASONS.join(", ")}`,
          param: "cancellation_reason",
        });
      return (account) => {
        const intent = found(account, id);
        if (!CANCELABLE.some((status) => status === intent.status))
          throw unexpectedState(
            `You cannot cancel this PaymentIntent because it has a status of ${intent.status}. Only a PaymentIntent with one of the following statuses may be canceled: ${CANCELABLE.join(", ")}.`,
          );
        return kept(account, {
          ...intent,
          amount_capturable: 0,
          cancellation_reason: reason,
          status: "canceled",
        });
      };
    },
  },
];

function found(account: AccountState, id: string): TwinPaymentIntent {
  const intent = account.payment_intents.get(id);
  if (intent === undefined) throw missingObject("payment_intent", id, "intent");
  return intent;
}

function kept(account: AccountState, intent: TwinPaymentIntent): TwinPaymentIntent {
  account.payment_intents.set(intent.id, intent);
  return intent;
}

function unexpectedState(message: string): StripeProblem {
  return new StripeProblem(400, { code: "payment_intent_unexpected_state", message });
}
