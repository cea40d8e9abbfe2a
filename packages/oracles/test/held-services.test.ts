import { jwt } from "@watchword/adapter-jwt";
import { money, system } from "@watchword/core";
import { type GuardedCredential, bind, createRuntime, guard } from "@watchword/middleware";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { brokerHttp } from "../../broker/src/http/index.ts";
import { ISSUER, type TestWorld, world } from "../../broker/test/world.ts";
import { type OwnService, SERVICES, ordersOperations } from "./own-services.ts";

/** A service of a team whose tokens stay in the gateway: the tool gets a handle, and the service takes what no key is named in. */

const AUDIENCE = "https://held.orders.internal";
const POLICY = `
watchword: 1
systems: { orders: { adapter: jwt, audience: "${AUDIENCE}" } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
grants:
  - { id: read, agent: support, operation: orders/orders.read, resource: { tenant: "\${tenant.orders.account}" }, lease: { action: 30s } }
  - id: refund
    agent: support
    operation: orders/orders.refund
    resource: { tenant: "\${tenant.orders.account}" }
    where: { args.amount: { max: "50.00 EUR" } }
    once: { by: [args.order], per: 24h }
    lease: { action: 30s }
`;

let place: TestWorld;
let service: OwnService;
const sent: string[] = [];
beforeAll(async () => {
  service = await SERVICES.hono((url) => ({
    issuer: `${ISSUER}/access`,
    audience: AUDIENCE,
    origin: url,
    acceptUnbound: true,
    clock: { now: () => place.clock.now() },
    fetch: async (input, init) => brokerHttp(place.broker).fetch(new Request(input, init)),
  }));
  place = await world({
    policy: POLICY,
    systems: () => ({
      orders: jwt({ audience: AUDIENCE, baseUrl: service.url, operations: ordersOperations }),
    }),
    gatewayFetch: (input, init) => {
      sent.push(new Request(input, init).headers.get("authorization") ?? "");
      return fetch(input, init);
    },
  });
});
afterAll(async () => {
  await service.close();
  await place[Symbol.asyncDispose]();
});
beforeEach(() => void ((sent.length = 0), (service.done.length = 0)));

const { ordersRead, ordersRefund } = system(
  "orders",
  jwt({ audience: AUDIENCE, operations: ordersOperations }).catalogue,
);

async function asTool<Result>(
  name: "read" | "refund",
  work: (credential: GuardedCredential) => Promise<Result>,
): Promise<unknown> {
  const reference = name === "read" ? ordersRead : ordersRefund;
  if (reference === undefined) throw new TypeError("no such operation");
  const amount = name === "read" ? {} : { amount: money(1_200, "minor", "EUR") };
  const tool = guard(
    { name, description: "", execute: (_: object, { credential }) => work(credential) },
    bind(reference, () => ({ order: "o_1", ...amount })),
  );
  const runtime = createRuntime({
    broker: place.broker.client,
    workload: () => place.workloadToken(),
    agent: "support@3",
    clock: place.clock,
  });
  return runtime.run({ user: { token: await place.userToken("dana", { org_id: "acme" }) } }, () =>
    tool.execute({}),
  );
}

test("the gateway presents the token, which no tool sees, and the effect is settled in the ledger with its id", async () => {
  const result = await asTool("refund", async (credential) => {
    const response = await credential.fetch(`${service.url}/orders/o_1/refunds`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ amount: { minor: 1_200, currency: "EUR" } }),
    });
    return { status: response.status, text: await response.text(), seen: JSON.stringify(credential) };
  });
  expect(result).toMatchObject({ status: 201 });
  expect(service.done).toMatchObject([{ effect: "refund", order: "o_1", action: { tenant: "acct_acme" } }]);
  const [token = ""] = sent.map((header) => header.replace("Bearer ", ""));
  expect(token.split(".")).toHaveLength(3);
  expect(JSON.stringify(result)).not.toContain(token);
  const records = await place.ledger();
  expect(JSON.stringify(records)).not.toContain(token);
  expect(records.find(({ kind }) => kind === "use_outcome")?.body).toMatchObject({
    effect: "done",
    ids: { id: "r_1" },
  });
  expect(await asTool("refund", async () => "ran")).toMatchObject({ reason: "already_done" });
});

test("a request that is not the decided one never gets to the service", async () => {
  for (const path of ["/orders/o_2", "/orders/o_1?all=true", "/orders", "/orders/o_1/refunds"]) {
    const status = await asTool("read", async (credential) => {
      return (await credential.fetch(`${service.url}${path}`)).status;
    });
    expect([path, status]).toEqual([path, 403]);
  }
  expect([sent, service.done]).toEqual([[], []]);
});

test("a token that the gateway presented is spent: whoever saw it gets nothing with it", async () => {
  await asTool("read", async (credential) => (await credential.fetch(`${service.url}/orders/o_1`)).status);
  expect(service.done).toHaveLength(1);
  const again = await fetch(`${service.url}/orders/o_1`, { headers: { authorization: sent[0] ?? "" } });
  expect([again.status, await again.json()]).toMatchObject([401, { reason: "token_replayed" }]);
  expect(service.done).toHaveLength(1);
});
