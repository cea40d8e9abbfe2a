import { stripe } from "@watchword/adapter-stripe";
import type { AdapterFixture } from "@watchword/conformance";
import { type Connection, type GatewayRequest, SealedCredential, readForm } from "@watchword/core";
import { stripeTwin } from "@watchword/emulators/stripe";

/** Key of the platform, of a stranger, and of nobody. */
export const SECRETS = {
  restricted: "rk_test_51CanaryRestricted000000",
  powerless: "rk_test_51CanaryPowerless0000000",
  unknown: "rk_test_51CanaryUnknown000000000",
} as const;

/** Two connected accounts that both hold `ch_example`, with one more charge each. */
export async function connectedFixture() {
  const twin = await stripeTwin({
    accounts: {
      acct_acme: {
        charges: {
          ch_example: { amount: 4200, currency: "usd", amount_refunded: 500, refunds_require_action: true },
          ch_acme: { amount: 900, currency: "jpy" },
        },
        refunds: { re_example: { charge: "ch_example", amount: 500, status: "requires_action" } },
      },
      acct_globex: {
        charges: {
          ch_example: { amount: 9900, currency: "eur" },
          ch_globex: { amount: 700, currency: "usd", amount_refunded: 100 },
        },
        refunds: { re_globex: { charge: "ch_globex", amount: 100 } },
      },
    },
    keys: [
      { secret: SECRETS.restricted, permissions: { charges: "read", refunds: "write" } },
      { secret: SECRETS.powerless, permissions: {} },
    ],
  });
  return {
    adapter: stripe({ baseUrl: twin.url, apiOrigins: [twin.url] }),
    twin,
    system: "payments",
    own: connection("acme", "acct_acme"),
    other: connection("globex", "acct_globex"),
    unauthenticated: connection("acme", "acct_acme", SECRETS.unknown),
    unpermitted: connection("acme", "acct_acme", SECRETS.powerless),
    foreign: naming("ch_globex", "re_globex"),
    missing: naming("ch_nowhere", "re_nowhere"),
    passedHeaders: ["stripe-version"],
    unstamped,
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** One shared account in which `metadata[tenant]` keeps tenants apart. */
export async function sharedFixture() {
  const charge = { amount: 4200, currency: "usd", amount_refunded: 500, refunds_require_action: true };
  const twin = await stripeTwin({
    accounts: {
      acct_shared: {
        charges: {
          ch_example: { ...charge, metadata: { tenant: "acme" } },
          ch_globex: { ...charge, metadata: { tenant: "globex" } },
          ch_unmarked: charge,
        },
        refunds: {
          re_example: { charge: "ch_example", amount: 500, status: "requires_action" },
          re_globex: { charge: "ch_globex", amount: 500, status: "requires_action" },
        },
      },
    },
    keys: [
      { secret: SECRETS.restricted, permissions: { charges: "read", refunds: "write" } },
      { secret: SECRETS.powerless, permissions: {} },
    ],
  });
  return {
    adapter: stripe({ baseUrl: twin.url, tenancy: { metadata: "tenant" } }),
    twin,
    system: "payments",
    own: connection("acme", "acct_shared"),
    other: connection("globex", "acct_shared"),
    unauthenticated: connection("acme", "acct_shared", SECRETS.unknown),
    unpermitted: connection("acme", "acct_shared", SECRETS.powerless),
    foreign: naming("ch_globex", "re_globex"),
    missing: naming("ch_nowhere", "re_nowhere"),
    passedHeaders: ["stripe-version"],
    unstamped,
    [Symbol.asyncDispose]: () => twin.close(),
  } satisfies AdapterFixture;
}

/** A tenant's connection to the twin. */
export function connection(tenant: string, account: string, secret: string = SECRETS.restricted): Connection {
  return { tenant, system: "payments", account, settings: {}, secret: new SealedCredential(secret) };
}

function naming(charge: string, refund: string) {
  return {
    "charges.retrieve": { charge },
    "refunds.create": { charge, amount: { minor: 100 } },
    "refunds.retrieve": { refund },
    "refunds.list": { charge },
    "refunds.cancel": { refund },
  };
}

/** The decision id in the metadata is the gateway's, and refused in a tool's request. */
function unstamped(request: GatewayRequest): GatewayRequest {
  if (request.method === "GET" || request.body.byteLength === 0) return request;
  const form = new URLSearchParams();
  for (const [name, value] of readForm(new TextDecoder().decode(request.body))) {
    if (name !== "metadata[watchword_decision]") form.append(name, value);
  }
  return { ...request, body: new TextEncoder().encode(form.toString()) };
}
