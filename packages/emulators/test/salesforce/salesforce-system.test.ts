import { type Adapter, type Connection, systemClock } from "@watchword/core";
import { type SalesforceTwinWiring, salesforceSystem } from "@watchword/emulators/salesforce";
import { expect, test } from "vitest";

const WORLD = { clock: systemClock, name: "crm" };
/** An adapter is a value here: what the factory was told comes back as its origins. */
const factory = ({ baseUrl, flow }: SalesforceTwinWiring): Adapter =>
  ({
    name: "salesforce",
    origins: [baseUrl, flow],
    catalogue: {
      adapter: "salesforce",
      operations: {
        casesDelete: { name: "cases.delete", example: { record: "500000000000001AAA" } },
        casesQuery: { name: "cases.query", example: {} },
      },
    },
  }) as unknown as Adapter;
const keyOf = ({ secret }: Connection): string => secret.open((key) => key);

test("two tenants have an org each, with the same records under the same ids; the app's key is made once", async () => {
  const start = salesforceSystem(factory);
  await using one = await start(WORLD);
  await using other = await start(WORLD);
  expect(one.adapter.origins).toEqual([one.twin.url, "jwt-bearer"]);
  expect(one.twin.url).not.toBe(other.twin.url);
  expect(keyOf(one.own)).toBe(keyOf(other.own));
  expect(one.own).toMatchObject({
    tenant: "acme",
    system: "crm",
    account: "acme.my.salesforce.com",
    settings: { organization: "00D000000000001EAA", username: "agent@acme.example" },
  });
  expect(one.other).toMatchObject({ tenant: "globex", settings: { organization: "00D000000000002EAA" } });
  for (const { account } of [one.own, one.other]) {
    expect(one.twin.record(account, "500000000000001AAA")).toMatchObject({ Subject: "text" });
    expect(one.twin.count(account, "Case")).toBe(10);
  }
  expect(Object.keys(one.more)).toEqual(["cases.delete"]);
  for (const { record } of one.more["cases.delete"] ?? [])
    expect(one.twin.record(one.own.account, typeof record === "string" ? record : "")).toBeDefined();
});

test("names and objects are the policy's and the declaration's to choose", async () => {
  const tenants = { own: "blue", other: "red" };
  const objects = {
    Account: { keyPrefix: "001", fields: { Tier__c: { type: "string", values: ["gold"] } } },
  } as const;
  await using system = await salesforceSystem(factory, { tenants, objects })(WORLD);
  expect(system.twin.record("blue.my.salesforce.com", "001000000000001AAA")).toMatchObject({
    Tier__c: "gold",
  });
});
