import type { SalesforceOptions } from "@watchword/adapter-salesforce";
import type { SnowflakeOptions } from "@watchword/adapter-snowflake";

/** What of the CRM agents may know: cases, and of them the status alone. Data, no code. */
export const support = {
  flow: "jwt-bearer",
  apiVersion: "62.0",
  objects: {
    cases: {
      object: "Case",
      keyPrefix: "500",
      fields: {
        Subject: { type: "string" },
        Status: { type: "string", enum: ["New", "Working", "Escalated"] },
      },
      retrieve: ["Id", "Subject", "Status"],
      update: ["Status"],
    },
  },
} as const satisfies SalesforceOptions;

/** What of the warehouse they may ask: one statement, letter by letter, with a value in its place. */
export const orders = {
  role: "AGENT_RO",
  warehouse: "AGENT_WH",
  database: "SHOP",
  schema: "PUBLIC",
  statements: {
    ordersOfCustomer: {
      name: "orders.of_customer",
      access: "read",
      title: "Orders of one customer",
      statement: "SELECT id, total FROM orders WHERE customer = {customer} LIMIT 100",
      arguments: {
        customer: { type: "string", pattern: "^c_[0-9]{1,9}$", description: "Id of the customer." },
      },
      example: { customer: "c_1" },
    },
  },
} as const satisfies SnowflakeOptions;

/** The tenants' accounts there. */
export const SITES = {
  acme: "11111111-2222-3333-4444-555555555551",
  globex: "11111111-2222-3333-4444-555555555552",
} as const;
