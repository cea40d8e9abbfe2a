import { type Catalogue, ProposedMoney, operation } from "@watchword/core";
import { z } from "zod";
import { balanceOperations } from "./balance-operations.ts";
import { billingOperations } from "./billing-operations.ts";
import { customerOperations } from "./customer-operations.ts";
import { disputeOperations } from "./dispute-operations.ts";
import { creditOperations } from "./credit-operations.ts";
import { Metadata, inAccount, pageOf } from "./operation-parts.ts";
import { paymentOperations } from "./payment-operations.ts";
import { stripeId } from "./stripe-id.ts";

/** What can be asked of one Stripe account, as data: what policies, bindings, gateway and twin share. */
export const stripeCatalogue = Object.freeze({
  adapter: "stripe",
  operations: Object.freeze({
    chargesRetrieve: operation({
      name: "charges.retrieve",
      access: "read",
      title: "Read one charge",
      resource: inAccount,
      arguments: z.strictObject({ charge: stripeId("charge") }),
      references: ["charge"],
      decided: [],
      example: { charge: "ch_example" },
    }),
    chargesList: operation({
      name: "charges.list",
      access: "read",
      title: "List the charges of the account",
      resource: inAccount,
      arguments: z.strictObject({
        ...pageOf("charge"),
      }),
      references: [],
      decided: [],
      example: { limit: 3 },
    }),
    refundsCreate: operation({
      name: "refunds.create",
      access: "write",
      title: "Refund a charge, or what a payment took, wholly or in part",
      resource: inAccount,
      arguments: z
        .strictObject({
          charge: stripeId("charge").optional().describe("The charge that gives money back: ch_… or py_…."),
          payment_intent: stripeId("payment_intent")
            .optional()
            .describe("Instead of the charge, the payment that it was taken by: pi_…."),
          amount: ProposedMoney.optional().describe(
            "Amount in the smallest unit of the charge's currency (cents); left out: what remains of the charge.",
          ),
          reason: z
            .enum(["duplicate", "fraudulent", "requested_by_customer"])
            .optional()
            .describe("Stripe's reason. fraudulent also puts card and e-mail on the account's block lists."),
          metadata: Metadata.optional().describe(
            "Up to 20 notes on the refund; keys that begin with watchword are the gateway's own.",
          ),
        })
        .refine((values) => (values.charge === undefined) !== (values.payment_intent === undefined), {
          error: "must name either a charge or a payment",
        }),
      references: ["charge", "payment_intent"],
      decided: ["amount"],
      example: {
        charge: "ch_example",
        amount: { minor: 1200, currency: "USD" },
        reason: "requested_by_customer",
        metadata: { ticket: "T-1001" },
      },
    }),
    refundsRetrieve: operation({
      name: "refunds.retrieve",
      access: "read",
      title: "Read one refund",
      resource: inAccount,
      arguments: z.strictObject({ refund: stripeId("refund") }),
      references: ["refund"],
      decided: [],
      example: { refund: "re_example" },
    }),
    refundsList: operation({
      name: "refunds.list",
      access: "read",
      title: "List the refunds of the account or of one charge",
      resource: inAccount,
      arguments: z.strictObject({
        charge: stripeId("charge").optional().describe("Only the refunds of this charge."),
        ...pageOf("refund"),
      }),
      references: ["charge"],
      decided: [],
      example: { charge: "ch_example", limit: 3 },
    }),
    refundsCancel: operation({
      name: "refunds.cancel",
      access: "write",
      title: "Cancel a refund that waits for the customer",
      resource: inAccount,
      arguments: z.strictObject({ refund: stripeId("refund") }),
      references: ["refund"],
      decided: [],
      example: { refund: "re_example" },
    }),
    ...customerOperations,
    ...paymentOperations,
    ...billingOperations,
    ...creditOperations,
    ...disputeOperations,
    ...balanceOperations,
  }),
}) satisfies Catalogue;
