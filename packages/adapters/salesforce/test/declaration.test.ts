import { salesforce, salesforceCatalogue } from "@watchword/adapter-salesforce";
import { findOperation, parseArguments } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { CASE } from "./salesforce-fixture.ts";
import { support } from "./support-declaration.ts";

const { cases, contacts } = support.objects;
const withCases = (changes: object) =>
  ({ ...support, objects: { cases: { ...cases, ...changes } } }) as never;

describe("a declaration", () => {
  test("is a catalogue of what it names, and of nothing else", () => {
    const { operations } = salesforceCatalogue(support);
    expect(Object.values(operations).map(({ name, access }) => `${name} ${access}`)).toEqual([
      "cases.retrieve read",
      "cases.query read",
      "cases.create write",
      "cases.update write",
      "cases.delete write",
      "opportunities.update write",
      "contacts.retrieve read",
    ]);
    expect(operations.casesUpdate.name).toBe("cases.update");
    // @ts-expect-error: contacts are only read
    expect(operations.contactsUpdate).toBeUndefined();
  });

  test.for<{ why: string; options: never; says: string }>([
    {
      why: "nothing to do",
      options: { ...support, objects: { cases: { object: "Case", fields: {} } } } as never,
      says: "nothing may be done",
    },
    {
      why: "one object twice",
      options: { ...support, objects: { cases, others: { ...contacts, object: "CASE" } } } as never,
      says: "a request could be both",
    },
    {
      why: "a field that is not declared",
      options: withCases({ update: ["OwnerId"] }),
      says: "OwnerId is not one of the fields",
    },
    { why: "a field twice", options: withCases({ retrieve: ["Id", "Id"] }), says: "Id stands twice" },
    {
      why: "a path as an object",
      options: withCases({ object: "Case/../User" }),
      says: "must be an API name",
    },
    {
      why: "a path as a field",
      options: withCases({ retrieve: ["Contact.Email"] }),
      says: "must be an API name",
    },
    { why: "Id to be written", options: withCases({ update: ["Id"] }), says: "nobody writes it" },
    {
      why: "attributes as a field",
      options: withCases({ fields: { ...cases.fields, attributes: { type: "string" } } }),
      says: "is no name of a field",
    },
    {
      why: "one field in two spellings",
      options: withCases({ fields: { ...cases.fields, status: { type: "string" } } }),
      says: "in other letters",
    },
    {
      why: "a comparison with what is not declared",
      options: withCases({ query: { fields: ["Id"], where: ["OwnerId"] } }),
      says: "OwnerId is not one",
    },
    {
      why: "a comparison with an amount",
      options: {
        ...support,
        objects: {
          deals: {
            object: "Opportunity",
            fields: { Amount: { type: "money", currency: "EUR" } },
            query: { fields: ["Id"], where: ["Amount"] },
          },
        },
      } as never,
      says: "is an amount",
    },
    {
      why: "a range of a text",
      options: withCases({ query: { fields: ["Id"], range: ["Subject"] } }),
      says: "is no integer, date or moment",
    },
    {
      why: "a range whose bound is another field",
      options: withCases({
        fields: { ...cases.fields, Due__c_to: { type: "date" } },
        query: { fields: ["Id"], range: ["Due__c"] },
      }),
      says: "has bounds that are other fields",
    },
    {
      why: "the decision's id in a field that an agent writes",
      options: withCases({ decision: "subject" }),
      says: "an agent could write it",
    },
    {
      why: "an order by what is not declared",
      options: withCases({ query: { fields: ["Id"], order: ["OwnerId ASC"] } }),
      says: "is not by one of the fields",
    },
    {
      why: "an order by a query",
      options: withCases({ query: { fields: ["Id"], order: ["CreatedDate DESC, (SELECT"] } }),
      says: "must be FIELD ASC or FIELD DESC",
    },
    {
      why: "rows without end",
      options: withCases({ query: { fields: ["Id"], maxRows: 2_000 } }),
      says: "maxRows",
    },
    { why: "no version", options: { ...support, apiVersion: "62" } as never, says: "must be like 62.0" },
    { why: "a token of hours", options: { ...support, tokenMinutes: 60 } as never, says: "tokenMinutes" },
    {
      why: "a twin that is elsewhere",
      options: { ...support, baseUrl: "https://crm.example" } as never,
      says: "a twin on this machine",
    },
    {
      why: "custody that releases tokens",
      options: { ...support, custody: "released" } as never,
      says: "custody",
    },
  ])("with $why is an error that says so", ({ options, says }) => {
    expect(() => salesforce(options)).toThrow(says);
  });
});

describe("an argument", () => {
  const { operations } = salesforceCatalogue(support);
  const update = (values: object) => () =>
    parseArguments(operations.casesUpdate, { record: CASE, ...values });

  test("is of its field's type, within what was declared, and none that was not", () => {
    expect(update({ Status: "Working" })()).toEqual({ record: CASE, Status: "Working" });
    for (const values of [
      {},
      { Status: "Closed" },
      { IsEscalated: "true" },
      { Subject: "x" },
      { Status: "new" },
    ])
      expect(update(values)).toThrow("request_malformed");
  });

  test("is a record in its one spelling, of its object", () => {
    for (const record of [CASE.slice(0, 15), CASE.toLowerCase(), `${CASE}A`, "003000000000001AAA", "../User"])
      expect(update({ record, Status: "New" })).toThrow("request_malformed");
  });

  test("that policies compare has a type that they can compare", () => {
    const entry = findOperation(salesforce(support).catalogue, "cases.query");
    expect(entry?.decided).toEqual(["fields"]);
    expect(() => parseArguments(operations.casesQuery, { limit: 5, Due__c: "2026-02-30" })).toThrow();
    expect(() => parseArguments(operations.casesQuery, {})).toThrow();
  });
});
