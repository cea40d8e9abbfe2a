import { type HttpOptions, http } from "@watchword/adapter-http";
import type { AdapterFixture } from "@watchword/conformance";
import { type Connection, SealedCredential } from "@watchword/core";
import { type HttpTwinOptions, httpTwin } from "@watchword/emulators/http";
import { orders } from "./orders-declaration.ts";

/** A key that may write, one that may do nothing, and one of nobody. */
const SECRETS = {
  working: "test_canary_5d0c_working_key",
  theirs: "test_canary_9a1e_of_another_tenant",
  powerless: "test_canary_31bb_powerless_key",
  unknown: "test_canary_77f2_unknown_key",
} as const;

const { ordersRetrieve, refundsCreate, ordersCancel } = orders.operations;

/** One platform key; the account stands in a header. */
export function headerFixture() {
  return fixture((url) => ({ ...orders, baseUrl: url }), { own: "acme", other: "globex" });
}

/** A key per tenant, in a header of its own; nothing in a request names the account. */
export async function keyFixture() {
  const { owner: _owner, ...order } = orders.lookups.order;
  return {
    ...(await fixture(
      (url) => ({
        ...orders,
        baseUrl: url,
        tenancy: "key",
        secret: { header: "x-api-key", testPrefix: "test_" },
        operations: { ordersRetrieve, refundsCreate },
        lookups: { order },
      }),
      { own: "acme", other: "globex" },
      { otherSecret: SECRETS.theirs },
    )),
    accountBySecret: true as const,
  };
}

/** One platform key by Basic authentication; the account stands in the path. */
export function pathFixture() {
  const below = "/v1/accounts/{account}/orders/{order}" as const;
  return fixture(
    (url) => ({
      ...orders,
      baseUrl: url,
      tenancy: "path",
      secret: { header: "authorization", scheme: "Basic", testPrefix: "test_" },
      operations: {
        ordersRetrieve: { ...ordersRetrieve, path: below },
        refundsCreate: { ...refundsCreate, path: `${below}/refunds` },
      },
      check: { path: "/v1/accounts/{account}/account" },
    }),
    { own: "acme", other: "globex" },
    { suffix: ":of-the-platform" },
  );
}

/** A host per account; the twin has one for all, so that here the key alone says whose it is. */
export async function subdomainFixture() {
  return {
    ...(await fixture(
      (url) => ({
        ...orders,
        origin: "https://{account}.orders.example",
        baseUrl: url,
        tenancy: "subdomain",
      }),
      { own: "acme", other: "globex" },
      { otherSecret: SECRETS.theirs },
    )),
    accountBySecret: true as const,
  };
}

/** One account for all tenants; an order says whose it is. */
export function sharedFixture() {
  return fixture(
    (url) => ({
      ...orders,
      baseUrl: url,
      tenancy: "shared",
      operations: { ordersRetrieve, ordersCancel },
      lookups: { order: { ...orders.lookups.order, owner: "/tenant" } },
    }),
    { own: "market", other: "market" },
  );
}

/** Two accounts that both hold `ord_example`, and a market that tenants share. */
const ACCOUNTS: HttpTwinOptions["accounts"] = {
  acme: {
    orders: {
      ord_example: { amount: 4200, currency: "USD", refunded: 500, note: "fragile" },
      ord_acme: { amount: 900, currency: "JPY" },
    },
  },
  globex: {
    orders: {
      ord_example: { amount: 9900, currency: "EUR" },
      ord_globex: { amount: 700, currency: "USD" },
    },
  },
  market: {
    orders: {
      ord_example: { amount: 4200, currency: "USD", tenant: "acme" },
      ord_globex: { amount: 4200, currency: "USD", tenant: "globex" },
      ord_unmarked: { amount: 4200, currency: "USD" },
    },
  },
};

async function fixture(
  declare: (url: string) => HttpOptions,
  accounts: { readonly own: string; readonly other: string },
  { suffix = "", otherSecret = SECRETS.working }: { suffix?: string; otherSecret?: string } = {},
) {
  const twin = await httpTwin({
    accounts: ACCOUNTS,
    keys: [
      {
        secret: `${SECRETS.working}${suffix}`,
        orders: "write",
        accounts: [accounts.own, accounts.other, "market"],
      },
      { secret: `${SECRETS.theirs}${suffix}`, orders: "write", accounts: ["globex"] },
      { secret: `${SECRETS.powerless}${suffix}`, orders: "none" },
    ],
  });
  const named = (order: string) => ({
    "orders.retrieve": { order },
    "refunds.create": { order, amount: { minor: 100 } },
    "orders.cancel": { order },
    "orders.annotate": { order, note: "x" },
    "orders.note.delete": { order },
  });
  const to = (account: string, secret: string) => connection("acme", account, `${secret}${suffix}`);
  return {
    adapter: http(declare(twin.url)),
    twin,
    system: "shop",
    own: to(accounts.own, SECRETS.working),
    other: connection("globex", accounts.other, `${otherSecret}${suffix}`),
    unauthenticated: to(accounts.own, SECRETS.unknown),
    unpermitted: to(accounts.own, SECRETS.powerless),
    foreign: named("ord_globex"),
    missing: named("ord_nowhere"),
    passedHeaders: [],
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** A tenant's connection to the twin. */
export function connection(tenant: string, account: string, secret: string = SECRETS.working): Connection {
  return { tenant, system: "shop", account, settings: {}, secret: new SealedCredential(secret) };
}
