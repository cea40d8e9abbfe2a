import { Money, ProposedMoney, operation } from "@watchword/core";
import { z } from "zod";
import { Metadata, inAccount, pageOf } from "./operation-parts.ts";
import { stripeId } from "./stripe-id.ts";

const OfCustomer = stripeId("customer").optional().describe("Only those of this customer.");
const OfInvoice = stripeId("invoice").optional().describe("Only those of this invoice.");
const Notes = Metadata.optional().describe(
  "Up to 20 notes on it; keys that begin with watchword are the gateway's own.",
);

/** What changes what a customer owes: credit notes on an invoice, and single items of the next one. */
export const creditOperations = Object.freeze({
  creditNotesRetrieve: operation({
    name: "credit_notes.retrieve",
    access: "read",
    title: "Read one credit note",
    resource: inAccount,
    arguments: z.strictObject({ credit_note: stripeId("credit_note") }),
    references: ["credit_note"],
    decided: [],
    example: { credit_note: "cn_example" },
  }),
  creditNotesList: operation({
    name: "credit_notes.list",
    access: "read",
    title: "List the credit notes of the account, of one customer or of one invoice",
    resource: inAccount,
    arguments: z.strictObject({ customer: OfCustomer, invoice: OfInvoice, ...pageOf("credit_note") }),
    references: ["customer", "invoice"],
    decided: [],
    example: { customer: "cus_example", limit: 3 },
  }),
  creditNotesCreate: operation({
    name: "credit_notes.create",
    access: "write",
    title:
      "Credit a part of an invoice: an open one asks for less, of a paid one the customer's balance gets it",
    resource: inAccount,
    arguments: z.strictObject({
      invoice: stripeId("invoice"),
      amount: ProposedMoney.optional().describe(
        "Amount in the smallest unit of the invoice's currency (cents); left out: all that can be credited.",
      ),
      credit_amount: ProposedMoney.optional().describe(
        "Only of a paid invoice, and there always: what the customer's balance gets, equal to the amount.",
      ),
      reason: z
        .enum(["duplicate", "fraudulent", "order_change", "product_unsatisfactory"])
        .optional()
        .describe("Stripe's reason."),
      memo: z.string().min(1).max(500).optional().describe("A note that the customer sees on it."),
      metadata: Notes,
    }),
    references: ["invoice"],
    decided: ["amount"],
    example: { invoice: "in_example", amount: { minor: 300, currency: "USD" }, reason: "order_change" },
  }),
  invoiceItemsRetrieve: operation({
    name: "invoiceitems.retrieve",
    access: "read",
    title: "Read one invoice item",
    resource: inAccount,
    arguments: z.strictObject({ invoiceitem: stripeId("invoiceitem") }),
    references: ["invoiceitem"],
    decided: [],
    example: { invoiceitem: "ii_example" },
  }),
  invoiceItemsList: operation({
    name: "invoiceitems.list",
    access: "read",
    title: "List the invoice items of the account, of one customer or of one invoice",
    resource: inAccount,
    arguments: z.strictObject({ customer: OfCustomer, invoice: OfInvoice, ...pageOf("invoiceitem") }),
    references: ["customer", "invoice"],
    decided: [],
    example: { customer: "cus_example", limit: 3 },
  }),
  invoiceItemsCreate: operation({
    name: "invoiceitems.create",
    access: "write",
    title: "Put an amount on a customer's next invoice",
    resource: inAccount,
    arguments: z.strictObject({
      customer: stripeId("customer"),
      amount: Money.describe("Amount in the smallest unit of its currency (cents), more than nothing."),
      description: z.string().min(1).max(500).optional().describe("What the customer reads beside it."),
      metadata: Notes,
    }),
    references: ["customer"],
    decided: [],
    example: {
      customer: "cus_example",
      amount: { minor: 1200, currency: "USD" },
      description: "An hour on the telephone",
    },
  }),
  invoiceItemsDelete: operation({
    name: "invoiceitems.delete",
    access: "write",
    title: "Take an item back that is on no invoice yet; it cannot be undone",
    resource: inAccount,
    arguments: z.strictObject({
      invoiceitem: stripeId("invoiceitem"),
      item_amount: ProposedMoney.optional().describe(
        "What is forgiven, for limits and approvals: the item's own amount, which Stripe is not told; left out: that.",
      ),
    }),
    references: ["invoiceitem"],
    decided: ["item_amount"],
    example: { invoiceitem: "ii_example" },
  }),
});
