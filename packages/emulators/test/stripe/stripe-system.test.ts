import { type Adapter, type Connection, canonicalRequest, systemClock } from "@watchword/core";
import { stripeSystem } from "@watchword/emulators/stripe";
import { expect, test } from "vitest";

const WORLD = { clock: systemClock, name: "payments" };
/** An adapter is a value here: what the factory was told comes back as its origins. */
const factory = (twin: { baseUrl: string }): Adapter =>
  ({ name: "stripe", origins: Object.values(twin) }) as unknown as Adapter;
const keyOf = ({ secret }: Connection): string => secret.open((key) => key);

test("each world has a twin and a secret of its own, to which the adapter is wired", async () => {
  const start = stripeSystem(factory);
  await using one = await start(WORLD);
  await using other = await start(WORLD);
  expect(one.adapter.origins).toEqual([one.twin.url]);
  expect(one.twin.url).not.toBe(other.twin.url);
  expect(keyOf(one.own)).toMatch(/^rk_test_canary_/);
  expect(keyOf(one.own)).not.toBe(keyOf(other.own));
  expect(one.own).toMatchObject({ tenant: "acme", system: "payments", account: "acct_acme" });
  expect(one.other).toMatchObject({ tenant: "globex", account: "acct_globex" });
});

test("what is said to be foreign is the other tenant's, what is missing nobody's, and the rest the tenant's own", async () => {
  await using system = await stripeSystem(factory)(WORLD);
  expect(system.more["refunds.create"]).toHaveLength(9);
  const exists = async ({ account }: Connection, path: string): Promise<boolean> => {
    const headers = { authorization: `Bearer ${keyOf(system.own)}`, "stripe-account": account };
    return (await fetch(`${system.twin.url}/v1/${path}`, { headers })).ok;
  };
  for (const [path, own, other] of [
    ["charges/ch_example", true, false],
    ["refunds/re_example", true, false],
    ["charges/ch_globex", false, true],
    ["refunds/re_globex", false, true],
    ["charges/ch_nowhere", false, false],
    ["charges/ch_1", true, false],
    ["charges/ch_9", true, false],
  ] as const)
    expect([await exists(system.own, path), await exists(system.other, path)], path).toEqual([own, other]);
});

test("names are the policy's to choose", async () => {
  const charges = { ch_a: { amount: 100, currency: "eur" } };
  const start = stripeSystem(factory, { tenants: { own: "blue", other: "red" }, charges });
  await using system = await start(WORLD);
  expect(system.own.account).toBe("acct_blue");
  expect(system.more["refunds.create"]).toEqual([{ charge: "ch_a" }]);
  expect(system.twin.charge("acct_blue", "ch_a")?.currency).toBe("eur");
});

test("in one account for both, each charge says whose it is", async () => {
  await using system = await stripeSystem(factory, { tenancy: { metadata: "customer" } })(WORLD);
  expect([system.own.account, system.other.account]).toEqual(["acct_shared", "acct_shared"]);
  const whose = (charge: string) => system.twin.charge("acct_shared", charge)?.metadata;
  expect(["ch_example", "ch_9", "ch_globex"].map(whose)).toEqual([
    { customer: "acme" },
    { customer: "acme" },
    { customer: "globex" },
  ]);
});

test("of a request only the decision's id is taken away", async () => {
  await using system = await stripeSystem(factory)(WORLD);
  const received = (body: string) =>
    canonicalRequest({
      method: "POST",
      target: "/v1/refunds",
      headers: [["content-type", "application/x-www-form-urlencoded"]],
      body: new TextEncoder().encode(body),
    });
  const left = system.unstamped(
    received("charge=ch_1&metadata%5Bwatchword_decision%5D=dec_1&metadata%5Border%5D=7"),
  );
  expect(new TextDecoder().decode(left.body)).toBe("charge=ch_1&metadata%5Border%5D=7");
});
