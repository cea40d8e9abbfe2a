import { operation } from "@watchword/core";
import { z } from "zod";
import { Metadata, changesMoreThan, inAccount, pageOf } from "./operation-parts.ts";
import { stripeId } from "./stripe-id.ts";

const Text = z.string().min(1).max(256);
const Email = z.string().regex(/^[^\s@]{1,64}@[^\s@]{1,190}$/, { error: "must be an e-mail address" });

/** Customers: who they are. Payment methods, balances and tax ids are not among what can be changed. */
export const customerOperations = Object.freeze({
  customersRetrieve: operation({
    name: "customers.retrieve",
    access: "read",
    title: "Read one customer",
    resource: inAccount,
    arguments: z.strictObject({ customer: stripeId("customer") }),
    references: ["customer"],
    decided: [],
    example: { customer: "cus_example" },
  }),
  customersList: operation({
    name: "customers.list",
    access: "read",
    title: "List the customers of the account, or those with one e-mail address",
    resource: inAccount,
    arguments: z.strictObject({
      email: Email.optional().describe("Only customers with exactly this address."),
      ...pageOf("customer"),
    }),
    references: [],
    decided: [],
    example: { limit: 3 },
  }),
  customersUpdate: operation({
    name: "customers.update",
    access: "write",
    title: "Change a customer's name, contact or notes",
    resource: inAccount,
    arguments: z
      .strictObject({
        customer: stripeId("customer"),
        name: Text.optional().describe("New name."),
        email: Email.optional().describe("New address; Stripe sends receipts and invoices there."),
        phone: z.string().min(1).max(20).optional().describe("New telephone number."),
        description: Text.optional().describe("New note for the account's own people."),
        metadata: Metadata.optional().describe(
          "Up to 20 notes; those that are not named stay. Keys that begin with watchword are the gateway's own.",
        ),
      })
      .refine(changesMoreThan("customer"), { error: "must change something" }),
    references: ["customer"],
    decided: [],
    example: { customer: "cus_example", description: "asked for a call back" },
  }),
});
