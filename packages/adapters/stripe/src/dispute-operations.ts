import { ProposedMoney, operation } from "@watchword/core";
import { z } from "zod";
import { inAccount, pageOf } from "./operation-parts.ts";
import { stripeId } from "./stripe-id.ts";

/** Stripe's names of what is told in words. Files are not among them: none is read here. */
const Evidence = z.enum([
  "access_activity_log",
  "cancellation_policy_disclosure",
  "cancellation_rebuttal",
  "duplicate_charge_explanation",
  "product_description",
  "refund_policy_disclosure",
  "refund_refusal_explanation",
  "service_date",
  "shipping_carrier",
  "shipping_date",
  "shipping_tracking_number",
  "uncategorized_text",
]);

/** Disputes: read, answered in words, or given up. */
export const disputeOperations = Object.freeze({
  disputesRetrieve: operation({
    name: "disputes.retrieve",
    access: "read",
    title: "Read one dispute",
    resource: inAccount,
    arguments: z.strictObject({ dispute: stripeId("dispute") }),
    references: ["dispute"],
    decided: [],
    example: { dispute: "dp_example" },
  }),
  disputesList: operation({
    name: "disputes.list",
    access: "read",
    title: "List the disputes of the account or of one charge",
    resource: inAccount,
    arguments: z.strictObject({
      charge: stripeId("charge").optional().describe("Only the disputes of this charge."),
      ...pageOf("dispute"),
    }),
    references: ["charge"],
    decided: [],
    example: { charge: "ch_example", limit: 3 },
  }),
  disputesUpdate: operation({
    name: "disputes.update",
    access: "write",
    title: "Write evidence into a dispute, or hand it to the bank",
    resource: inAccount,
    arguments: z.strictObject({
      dispute: stripeId("dispute"),
      evidence: z
        .partialRecord(Evidence, z.string().min(1).max(8_000))
        .refine((entries) => Object.keys(entries).length >= 1, { error: "must hold something" })
        .describe("Texts by Stripe's name of them; those that are not named stay."),
      submit: z
        .boolean()
        .describe("Whether it goes to the bank now, once and for all; otherwise it is kept for later."),
    }),
    references: ["dispute"],
    decided: [],
    example: {
      dispute: "dp_example",
      evidence: { uncategorized_text: "was delivered" },
      submit: false,
    },
  }),
  disputesClose: operation({
    name: "disputes.close",
    access: "write",
    title: "Give a dispute up: its amount is lost; it cannot be undone",
    resource: inAccount,
    arguments: z.strictObject({
      dispute: stripeId("dispute"),
      disputed_amount: ProposedMoney.optional().describe(
        "What is given up, for limits and approvals: the dispute's own amount, which Stripe is not told; left out: that.",
      ),
    }),
    references: ["dispute"],
    decided: ["disputed_amount"],
    example: { dispute: "dp_example" },
  }),
});
