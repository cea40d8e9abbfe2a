import { stripe } from "@watchword/adapter-stripe";
import type { RunningSystem, SystemUnderTest } from "@watchword/boundary";
import { type GatewayRequest, SealedCredential, readForm } from "@watchword/core";
import { stripeTwin } from "@watchword/emulators/stripe";

/** Of the twin alone; the harness looks for it wherever no secret may be. */
const SECRET = "rk_test_canary_of_the_twin";

/** Our payment system as the tests have it: a local twin, in which acme and globex have customers who paid. */
export const payments: SystemUnderTest = async ({ clock, name }): Promise<RunningSystem> => {
  const paid = { amount: 100_000, currency: "usd" };
  const twin = await stripeTwin({
    clock,
    accounts: {
      acct_acme: {
        charges: Object.fromEntries(["ch_example", "ch_1", "ch_2", "ch_3", "ch_4"].map((id) => [id, paid])),
      },
      acct_globex: { charges: { ch_globex: paid } },
    },
    keys: [{ secret: SECRET, permissions: { charges: "read", refunds: "write" } }],
  });
  const connection = (tenant: string) => ({
    tenant,
    system: name,
    account: `acct_${tenant}`,
    settings: {},
    secret: new SealedCredential(SECRET),
  });
  const naming = (charge: string) => ({ "charges.retrieve": { charge }, "refunds.create": { charge } });
  return {
    adapter: stripe({ baseUrl: twin.url, apiOrigins: [twin.url] }),
    twin,
    own: connection("acme"),
    other: connection("globex"),
    foreign: naming("ch_globex"),
    missing: naming("ch_nowhere"),
    unstamped,
    [Symbol.asyncDispose]: () => twin.close(),
  };
};

/** What the tool itself sends: the decision's id in the metadata is the gateway's. */
function unstamped(request: GatewayRequest): GatewayRequest {
  if (request.method === "GET" || request.body.byteLength === 0) return request;
  const form = new URLSearchParams();
  for (const [name, value] of readForm(new TextDecoder().decode(request.body)))
    if (name !== "metadata[watchword_decision]") form.append(name, value);
  return { ...request, body: new TextEncoder().encode(form.toString()) };
}
