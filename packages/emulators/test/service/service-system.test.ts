import { type Adapter, Refusal, systemClock } from "@watchword/core";
import { expect, test } from "vitest";
import { type NewServiceCheck, serviceOperations, serviceSystem } from "../../src/service/index.ts";

/** Takes `Bearer <tenant>` for whatever is asked; the real one is put in front of it in @watchword/boundary's tests. */
const check: NewServiceCheck = () => ({
  verify: async ({ authorization: [credentials] }, expected) => {
    if (credentials === undefined) throw new Refusal("caller_unknown", { detail: "no Authorization header" });
    if (expected.arguments()["note"] !== undefined)
      throw new Refusal("request_mismatch", { detail: "the token is for other arguments" });
    return { tenant: credentials.slice(7) };
  },
});
const access = { issuer: "https://broker.example/access", keys: async () => ({ keys: [] }) };
const WORLD = { clock: systemClock, name: "orders", access };
const wired = (service: object): Adapter => Object.create(service) as Adapter;

test("the service does what its check takes a token for, for the token's tenant, and counts what else it was asked", async () => {
  await using system = await serviceSystem(wired, check)(WORLD);
  const ask = async (path: string, tenant?: string, init: RequestInit = {}) => {
    const headers = tenant === undefined ? {} : { authorization: `Bearer ${tenant}` };
    return (await fetch(`${system.twin.url}${path}`, { ...init, headers })).status;
  };
  const refund = (amount: object) => ({ method: "POST", body: JSON.stringify(amount) });
  const answered = [
    await ask("/orders/o_1", "acme"),
    await ask("/orders/o_1/refunds", "acme", refund({ amount: { minor: 1, currency: "EUR" } })),
    await ask("/orders/o_1"),
    await ask("/orders/o_1?note=1", "acme"),
    await ask("/orders/o_other", "acme"),
    await ask("/orders/o_1", "globex"),
    await ask("/orders/o_1/refunds", "acme", { method: "POST", body: "[]" }),
    await ask("/orders", "acme"),
  ];
  expect(answered).toEqual([200, 201, 401, 403, 404, 404, 404, 404]);
  expect(system.twin.requests.map(({ kind, tenant }) => `${kind} ${tenant ?? "-"}`)).toEqual([
    "effect acme",
    "effect acme",
    "denied -",
    "denied -",
    "refused acme",
    "refused globex",
    "refused -",
    "refused -",
  ]);
});

test("both tenants are accounts without a secret, and the adapter is wired to this very service", async () => {
  const start = serviceSystem(wired, check, {
    tenants: { own: "blue", other: "red" },
    orders: ["o_1", "o_a"],
  });
  await using one = await start(WORLD);
  await using other = await start(WORLD);
  expect(one.own).toEqual({ tenant: "blue", system: "orders", account: "blue", settings: {} });
  expect(one.other).toMatchObject({ tenant: "red", account: "red" });
  expect(one.adapter).toMatchObject({
    audience: "https://orders.internal",
    baseUrl: one.twin.url,
    operations: serviceOperations,
  });
  expect(one.more).toEqual({ "orders.read": [{ order: "o_a" }], "orders.refund": [{ order: "o_a" }] });
  expect(one.twin.url).not.toBe(other.twin.url);
});

test("where nobody issues tokens the service takes none", async () => {
  await using system = await serviceSystem(wired, check)({ clock: systemClock, name: "orders" });
  const headers = { authorization: "Bearer acme" };
  expect((await fetch(`${system.twin.url}/orders/o_1`, { headers })).status).toBe(503);
  expect(system.twin.requests.map(({ kind }) => kind)).toEqual(["denied"]);
});
