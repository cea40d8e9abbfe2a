import { operation } from "@watchword/core";
import { z } from "zod";
import { inAccount, pageOf } from "./operation-parts.ts";
import { stripeId } from "./stripe-id.ts";

/** What the account has and was paid out. It is the whole account's, so nobody's owner is looked up. */
export const balanceOperations = Object.freeze({
  balanceRetrieve: operation({
    name: "balance.retrieve",
    access: "read",
    title: "Read the account's balance",
    resource: inAccount,
    arguments: z.strictObject({}),
    references: [],
    decided: [],
    example: {},
  }),
  payoutsRetrieve: operation({
    name: "payouts.retrieve",
    access: "read",
    title: "Read one payout to the account's bank",
    resource: inAccount,
    arguments: z.strictObject({ payout: stripeId("payout") }),
    references: [],
    decided: [],
    example: { payout: "po_example" },
  }),
  payoutsList: operation({
    name: "payouts.list",
    access: "read",
    title: "List the payouts to the account's bank",
    resource: inAccount,
    arguments: z.strictObject(pageOf("payout")),
    references: [],
    decided: [],
    example: { limit: 3 },
  }),
});
