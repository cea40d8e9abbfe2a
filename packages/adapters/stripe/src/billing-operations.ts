import { ProposedMoney, operation } from "@watchword/core";
import { z } from "zod";
import { inAccount, pageOf } from "./operation-parts.ts";
import { stripeId } from "./stripe-id.ts";

const OfCustomer = stripeId("customer").optional().describe("Only those of this customer.");

/** Subscriptions and invoices: read, ended, taken back. Nothing here charges anybody. */
export const billingOperations = Object.freeze({
  subscriptionsRetrieve: operation({
    name: "subscriptions.retrieve",
    access: "read",
    title: "Read one subscription",
    resource: inAccount,
    arguments: z.strictObject({ subscription: stripeId("subscription") }),
    references: ["subscription"],
    decided: [],
    example: { subscription: "sub_example" },
  }),
  subscriptionsList: operation({
    name: "subscriptions.list",
    access: "read",
    title: "List the subscriptions of the account or of one customer",
    resource: inAccount,
    arguments: z.strictObject({ customer: OfCustomer, ...pageOf("subscription") }),
    references: ["customer"],
    decided: [],
    example: { customer: "cus_example", limit: 3 },
  }),
  subscriptionsUpdate: operation({
    name: "subscriptions.update",
    access: "write",
    title: "Let a subscription end with the period that is paid for, or let it go on after all",
    resource: inAccount,
    arguments: z.strictObject({
      subscription: stripeId("subscription"),
      cancel_at_period_end: z.boolean().describe("Whether it ends with the period that is paid for."),
    }),
    references: ["subscription"],
    decided: [],
    example: { subscription: "sub_example", cancel_at_period_end: true },
  }),
  subscriptionsCancel: operation({
    name: "subscriptions.cancel",
    access: "write",
    title: "End a subscription now, without an invoice or a proration; it cannot be taken back",
    resource: inAccount,
    arguments: z.strictObject({ subscription: stripeId("subscription") }),
    references: ["subscription"],
    decided: [],
    example: { subscription: "sub_example" },
  }),
  invoicesRetrieve: operation({
    name: "invoices.retrieve",
    access: "read",
    title: "Read one invoice",
    resource: inAccount,
    arguments: z.strictObject({ invoice: stripeId("invoice") }),
    references: ["invoice"],
    decided: [],
    example: { invoice: "in_example" },
  }),
  invoicesList: operation({
    name: "invoices.list",
    access: "read",
    title: "List the invoices of the account or of one customer",
    resource: inAccount,
    arguments: z.strictObject({
      customer: OfCustomer,
      status: z
        .enum(["draft", "open", "paid", "uncollectible", "void"])
        .optional()
        .describe("Only invoices in this state."),
      ...pageOf("invoice"),
    }),
    references: ["customer"],
    decided: [],
    example: { customer: "cus_example", status: "open" },
  }),
  invoicesVoid: operation({
    name: "invoices.void",
    access: "write",
    title: "Take an open invoice back: what it asks for is owed no more; it cannot be undone",
    resource: inAccount,
    arguments: z.strictObject({
      invoice: stripeId("invoice"),
      amount_remaining: ProposedMoney.optional().describe(
        "What is forgiven, for limits and approvals: what the invoice still asks for, which Stripe is not told; left out: that.",
      ),
    }),
    references: ["invoice"],
    decided: ["amount_remaining"],
    example: { invoice: "in_example" },
  }),
});
