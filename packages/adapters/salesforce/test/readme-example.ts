import { type SalesforceOptions, salesforce } from "@watchword/adapter-salesforce";
import { recordId, salesforceCatalogue } from "@watchword/adapter-salesforce/catalogue";
import { system } from "@watchword/core";

/** Data, no code. What is not declared does not exist. */
export const support = {
  flow: "token-exchange",
  handler: "Watchword",
  apiVersion: "62.0",
  objects: {
    cases: {
      object: "Case",
      keyPrefix: "500",
      fields: {
        Subject: { type: "string" },
        Status: { type: "string", enum: ["New", "Working", "Escalated"] },
        ContactId: { type: "reference", keyPrefix: "003" },
      },
      retrieve: ["Id", "Subject", "Status"],
      query: { fields: ["Id", "Subject", "Status"], where: ["ContactId", "Status"], maxRows: 50 },
      create: ["Subject", "ContactId"],
      update: ["Status"],
    },
  },
} as const satisfies SalesforceOptions;

/** The broker gets the adapter as a value, under the name that the policy uses. */
export const systems = { crm: salesforce(support) };

/** Bindings beside the tools need the catalogue only, not the adapter. */
export const crm = system("crm", salesforceCatalogue(support));

/** Ids of 15 and of 18 characters name one record; an action names it in one spelling. */
export const escalation = { record: recordId("500000000000001"), Status: "Escalated" };
