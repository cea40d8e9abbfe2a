import { systemClock } from "@watchword/core";
import { expect, test } from "vitest";
import { ACME, type FixtureChanges, salesforceFixture } from "./salesforce-fixture.ts";
import { support } from "./support-declaration.ts";

/** What the check of a connection says, and what is left of it at the org. */
async function check(changes: FixtureChanges = {}) {
  await using fixture = await salesforceFixture(changes);
  const { adapter, twin, own } = fixture;
  const findings = await adapter.selfCheck({
    connection: own,
    fetch: (input, init) => fetch(input, init),
    clock: systemClock,
    signal: new AbortController().signal,
  });
  expect(twin.tokens()).toEqual(["nobody@acme.example"]);
  expect(twin.requests.filter(({ kind }) => kind === "effect")).toEqual([]);
  expect(twin.requests.every(({ org }) => org === ACME)).toBe(true);
  return findings
    .filter(({ severity }) => severity !== "ok")
    .map(({ severity, text }) => `${severity}: ${text}`);
}

const user = (changes: object) => ({
  org: {
    users: [
      {
        id: "005000000000001AAA",
        username: "agent@acme.example",
        objects: {
          Case: { read: true, create: true, edit: true, delete: true },
          Opportunity: { read: true, edit: true },
          Contact: { read: true },
        },
        ...changes,
      },
      { id: "005000000000002AAA", username: "nobody@acme.example" },
    ],
  },
});

test("a user that may do what is declared and no more is well", async () => {
  expect(await check()).toEqual([]);
});

test("a user that may do more is named, by object", async () => {
  const wide = user({
    objects: {
      Case: { read: true, create: true, edit: true, delete: true },
      Opportunity: { read: true, edit: true, create: true },
      Contact: { read: true, edit: true, delete: true },
    },
  });
  expect(await check(wide)).toEqual([
    "warning: the user may create records of Opportunity, and no operation needs it",
    "warning: the user may update records of Contact, and no operation needs it",
    "warning: the user may delete records of Contact, and no operation needs it",
  ]);
});

test("a scope that records do not need is named, though it is declared", async () => {
  const wide = { app: { scopes: ["api", "web"] }, options: { scopes: ["api", "web"] } };
  expect(await check(wide)).toEqual(["warning: the scope web is not needed for records"]);
});

test("a user that may modify all data is named", async () => {
  expect(await check(user({ modifyAllData: true }))).toContain(
    "warning: the user may view or modify all data; give it a permission set with what agents need",
  );
});

test("an object or a field that the user cannot see keeps the connection out", async () => {
  const blind = user({
    objects: {
      Case: { read: true, create: true, edit: true, fields: { Status: "none" } },
      Opportunity: { read: true, edit: true },
    },
  });
  expect(await check(blind)).toEqual([
    "error: Case has no fields Status, or the user cannot see them",
    "warning: the user may not delete records of Case; what needs it is refused",
    "error: there is no Contact, or the user cannot see it",
  ]);
});

test("amounts in an org with several currencies keep the connection out", async () => {
  const several = {
    org: {
      objects: {
        Case: {
          keyPrefix: "500",
          fields: Object.fromEntries(
            [
              "Subject",
              "Status",
              "ContactId",
              "IsEscalated",
              "Reopened__c",
              "Due__c",
              "Watchword_Decision__c",
            ].map((name) => [name, { type: "string" as const }]),
          ),
        },
        Contact: { keyPrefix: "003", fields: { LastName: { type: "string" as const } } },
        Opportunity: {
          keyPrefix: "006",
          fields: {
            Amount: { type: "double" as const },
            StageName: { type: "string" as const },
            CurrencyIsoCode: { type: "string" as const },
          },
        },
      },
    },
  };
  expect(await check(several)).toEqual([
    "error: records of Opportunity have currencies of their own, so that its amounts are in none that is declared",
  ]);
});

test("another object under the same name, a wider scope and a longer life keep the connection out", async () => {
  const { contacts } = support.objects;
  const found = await check({
    app: { scopes: ["api", "web"], tokenMinutes: 30 },
    options: { objects: { contacts: { ...contacts, keyPrefix: "001" } } },
  });
  expect(found).toEqual([
    "error: the app gives scopes that are not declared: web",
    expect.stringMatching(/^error: the token lives \d+ seconds, longer than 1 minutes$/),
    "error: ids of Contact do not begin with 001",
  ]);
});
