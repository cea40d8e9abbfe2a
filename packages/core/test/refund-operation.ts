import { type Authority, ProposedMoney, type SeenAction, operation } from "@watchword/core";
import { z } from "zod";

/** A refund as an adapter would declare it: the broker decides the amount when the action leaves it out. */
export const refundsCreate = operation({
  name: "refunds.create",
  access: "write",
  title: "Refund a charge, wholly or in part",
  resource: { account: "Account that owns the charge: acct_…" },
  arguments: z.strictObject({
    charge: z.string().min(1).describe("Id of the charge."),
    amount: ProposedMoney.optional().describe("In the smallest unit; left out: what remains."),
    lines: z.array(z.strictObject({ id: z.string(), full: z.boolean() })).optional(),
    notify: z.boolean().optional(),
    copies: z.int().optional(),
  }),
  references: ["charge"],
  decided: ["amount"],
  example: { charge: "ch_example" },
});

export const refund: Authority = Object.freeze({
  system: "payments",
  operation: "refunds.create",
  access: "write",
  resource: { account: "acct_acme", region: "eu" },
  arguments: {
    charge: "ch_1",
    amount: { minor: 4_200, currency: "USD" },
    lines: [
      { id: "li_1", full: true },
      { id: "li_2", full: false },
    ],
    notify: false,
    copies: 1,
  },
  native: {},
});

/** The request that does exactly what was decided. */
export const seenRefund: SeenAction = Object.freeze({
  operation: refund.operation,
  resource: refund.resource,
  arguments: refund.arguments,
});
