import type { SalesforceOptions } from "@watchword/adapter-salesforce";

/** What support agents may know of an org: cases, and what a contact is called. */
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
        ContactId: { type: "reference", keyPrefix: "003" },
        IsEscalated: { type: "boolean" },
        Reopened__c: { type: "integer", minimum: 0, maximum: 99 },
        Due__c: { type: "date" },
        CreatedDate: { type: "datetime" },
      },
      retrieve: ["Id", "Subject", "Status"],
      query: {
        fields: ["Id", "Subject", "Status"],
        where: ["Subject", "Status", "ContactId", "IsEscalated", "Reopened__c", "Due__c"],
        range: ["CreatedDate", "Reopened__c"],
        order: ["CreatedDate ASC", "CreatedDate DESC"],
        maxRows: 50,
      },
      create: ["Subject", "Status", "ContactId"],
      update: ["Status", "IsEscalated"],
      decision: "Watchword_Decision__c",
      delete: true,
    },
    opportunities: {
      object: "Opportunity",
      keyPrefix: "006",
      fields: { Amount: { type: "money", currency: "EUR" }, StageName: { type: "string" } },
      update: ["Amount", "StageName"],
    },
    contacts: {
      object: "Contact",
      keyPrefix: "003",
      fields: { LastName: { type: "string", maxLength: 80 } },
      retrieve: ["Id", "LastName"],
    },
  },
} as const satisfies SalesforceOptions;
