import { type Catalogue, ProposedMoney, operation } from "@watchword/core";
import { z } from "zod";

const ChargeId = z
  .string()
  .regex(/^(?:ch|py)_[A-Za-z0-9_]{1,120}$/, { error: "must be a charge id (ch_… or py_…)" })
  .describe("Id of the charge, as Stripe gave it: ch_… or py_….");

const RefundId = z
  .string()
  .regex(/^(?:re|pyr)_[A-Za-z0-9_]{1,120}$/, { error: "must be a refund id (re_… or pyr_…)" })
  .describe("Id of the refund, as Stripe gave it: re_… or pyr_….");

const PageSize = z
  .int()
  .min(1)
  .max(100)
  .optional()
  .describe("Objects per page, 1–100; Stripe's default is 10.");

const Metadata = z
  .record(
    z.string().regex(/^(?!watchword)[A-Za-z0-9_.-]{1,40}$/i, {
      error: "must be 1–40 of A-Z a-z 0-9 . _ - and must not begin with watchword",
    }),
    z.string().min(1).max(500),
  )
  .refine((entries) => Object.keys(entries).length >= 1 && Object.keys(entries).length <= 20, {
    error: "must hold 1–20 keys",
  });

const account = { account: "Stripe account that owns the object: acct_…" };

/** Charges and refunds of one Stripe account, as data: what policies, bindings, gateway and twin share. */
export const stripeCatalogue = Object.freeze({
  adapter: "stripe",
  operations: Object.freeze({
    chargesRetrieve: operation({
      name: "charges.retrieve",
      access: "read",
      title: "Read one charge",
      resource: account,
      arguments: z.strictObject({ charge: ChargeId }),
      references: ["charge"],
      decided: [],
      example: { charge: "ch_example" },
    }),
    chargesList: operation({
      name: "charges.list",
      access: "read",
      title: "List the charges of the account",
      resource: account,
      arguments: z.strictObject({
        limit: PageSize,
        starting_after: ChargeId.optional().describe("Last charge of the page before."),
        ending_before: ChargeId.optional().describe("First charge of the page after."),
      }),
      references: [],
      decided: [],
      example: { limit: 3 },
    }),
    refundsCreate: operation({
      name: "refunds.create",
      access: "write",
      title: "Refund a charge, wholly or in part",
      resource: account,
      arguments: z.strictObject({
        charge: ChargeId,
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
      }),
      references: ["charge"],
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
      resource: account,
      arguments: z.strictObject({ refund: RefundId }),
      references: ["refund"],
      decided: [],
      example: { refund: "re_example" },
    }),
    refundsList: operation({
      name: "refunds.list",
      access: "read",
      title: "List the refunds of the account or of one charge",
      resource: account,
      arguments: z.strictObject({
        charge: ChargeId.optional().describe("Only the refunds of this charge."),
        limit: PageSize,
        starting_after: RefundId.optional().describe("Last refund of the page before."),
        ending_before: RefundId.optional().describe("First refund of the page after."),
      }),
      references: ["charge"],
      decided: [],
      example: { charge: "ch_example", limit: 3 },
    }),
    refundsCancel: operation({
      name: "refunds.cancel",
      access: "write",
      title: "Cancel a refund that waits for the customer",
      resource: account,
      arguments: z.strictObject({ refund: RefundId }),
      references: ["refund"],
      decided: [],
      example: { refund: "re_example" },
    }),
  }),
}) satisfies Catalogue;
