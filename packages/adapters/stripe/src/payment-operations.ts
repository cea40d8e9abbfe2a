import { Money, ProposedMoney, operation } from "@watchword/core";
import { z } from "zod";
import { Metadata, inAccount, pageOf } from "./operation-parts.ts";
import { stripeId } from "./stripe-id.ts";

/** Payments that are under way: read, taken as far as they were authorized, or given up; and asked for, which takes nothing until the customer pays. */
export const paymentOperations = Object.freeze({
  paymentIntentsRetrieve: operation({
    name: "payment_intents.retrieve",
    access: "read",
    title: "Read one payment",
    resource: inAccount,
    arguments: z.strictObject({ payment_intent: stripeId("payment_intent") }),
    references: ["payment_intent"],
    decided: [],
    example: { payment_intent: "pi_example" },
  }),
  paymentIntentsList: operation({
    name: "payment_intents.list",
    access: "read",
    title: "List the payments of the account or of one customer",
    resource: inAccount,
    arguments: z.strictObject({
      customer: stripeId("customer").optional().describe("Only the payments of this customer."),
      ...pageOf("payment_intent"),
    }),
    references: ["customer"],
    decided: [],
    example: { customer: "cus_example", limit: 3 },
  }),
  paymentIntentsCreate: operation({
    name: "payment_intents.create",
    access: "write",
    title: "Ask a customer for a payment, which takes nothing until they pay with a method of theirs",
    resource: inAccount,
    arguments: z.strictObject({
      customer: stripeId("customer"),
      amount: Money.describe("Amount in the smallest unit of its currency (cents), more than nothing."),
      description: z.string().min(1).max(500).optional().describe("A note that the account's people read."),
      metadata: Metadata.optional().describe(
        "Up to 20 notes on it; keys that begin with watchword are the gateway's own.",
      ),
    }),
    references: ["customer"],
    decided: [],
    example: { customer: "cus_example", amount: { minor: 1200, currency: "USD" } },
  }),
  paymentIntentsCapture: operation({
    name: "payment_intents.capture",
    access: "write",
    title: "Take an authorized payment, wholly or in part; what is not taken is released",
    resource: inAccount,
    arguments: z.strictObject({
      payment_intent: stripeId("payment_intent"),
      amount_to_capture: ProposedMoney.optional().describe(
        "Amount in the smallest unit of the payment's currency (cents); left out: all that was authorized.",
      ),
    }),
    references: ["payment_intent"],
    decided: ["amount_to_capture"],
    example: { payment_intent: "pi_example", amount_to_capture: { minor: 1200, currency: "USD" } },
  }),
  paymentIntentsCancel: operation({
    name: "payment_intents.cancel",
    access: "write",
    title: "Give up a payment that was not taken; what was authorized is released",
    resource: inAccount,
    arguments: z.strictObject({
      payment_intent: stripeId("payment_intent"),
      cancellation_reason: z
        .enum(["duplicate", "fraudulent", "requested_by_customer", "abandoned"])
        .optional()
        .describe("Stripe's reason."),
    }),
    references: ["payment_intent"],
    decided: [],
    example: { payment_intent: "pi_example", cancellation_reason: "requested_by_customer" },
  }),
});
