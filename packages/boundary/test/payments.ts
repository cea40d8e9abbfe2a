import { stripe } from "@watchword/adapter-stripe";
import { type Connection, type GatewayRequest, SealedCredential, readForm } from "@watchword/core";
import { stripeTwin } from "@watchword/emulators/stripe";
import type { RunningSystem, SystemUnderTest } from "../src/index.ts";

const KEY = "rk_test_canary_5b1e77_must_never_be_seen";

/** A payment system with enough of everything that the policies of these tests speak of. */
export const payments: SystemUnderTest = async ({ clock, name }): Promise<RunningSystem> => {
  const charge = { amount: 1_000_000, currency: "usd", refunds_require_action: true };
  const twin = await stripeTwin({
    clock,
    accounts: {
      acct_acme: {
        charges: {
          ch_example: { ...charge, amount_refunded: 500 },
          ...Object.fromEntries(Array.from({ length: 9 }, (_, index) => [`ch_more${index}`, charge])),
        },
        refunds: { re_example: { charge: "ch_example", amount: 500, status: "requires_action" } },
      },
      acct_globex: {
        charges: { ch_globex: { ...charge, amount_refunded: 100 } },
        refunds: { re_globex: { charge: "ch_globex", amount: 100 } },
      },
    },
    keys: [{ secret: KEY, permissions: { charges: "read", refunds: "write" } }],
  });
  const connection = (tenant: string): Connection => ({
    tenant,
    system: name,
    account: `acct_${tenant}`,
    settings: {},
    secret: new SealedCredential(KEY),
  });
  return {
    adapter: stripe({ baseUrl: twin.url, apiOrigins: [twin.url] }),
    twin,
    own: connection("acme"),
    other: connection("globex"),
    foreign: naming("ch_globex", "re_globex"),
    missing: naming("ch_nowhere", "re_nowhere"),
    more: {
      "refunds.create": Array.from({ length: 9 }, (_, index) => ({ charge: `ch_more${index}` })),
      "charges.retrieve": Array.from({ length: 9 }, (_, index) => ({ charge: `ch_more${index}` })),
    },
    unstamped,
    [Symbol.asyncDispose]: () => twin.close(),
  };
};

function naming(charge: string, refund: string) {
  return {
    "charges.retrieve": { charge },
    "refunds.create": { charge },
    "refunds.retrieve": { refund },
    "refunds.list": { charge },
    "refunds.cancel": { refund },
  };
}

/** The decision's id in the metadata is the gateway's. */
function unstamped(request: GatewayRequest): GatewayRequest {
  if (request.method === "GET" || request.body.byteLength === 0) return request;
  const form = new URLSearchParams();
  for (const [name, value] of readForm(new TextDecoder().decode(request.body)))
    if (name !== "metadata[watchword_decision]") form.append(name, value);
  return { ...request, body: new TextEncoder().encode(form.toString()) };
}
