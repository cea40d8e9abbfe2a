import { inspect } from "node:util";
import { jwt } from "@watchword/adapter-jwt";
import { type TokenSuccess, money, newAction, signProof, system } from "@watchword/core";
import { type GuardedCredential, bind, createRuntime, guard, httpBroker } from "@watchword/middleware";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { brokerHttp } from "../../broker/src/http/index.ts";
import { ISSUER, type TestRun, type TestWorld, world } from "../../broker/test/world.ts";
import { listen } from "../../gateway/src/index.ts";
import { type Framework, type OwnService, SERVICES, ordersOperations } from "./own-services.ts";

/**
 * From a guarded tool, by a broker over HTTP, to a service of a team in each framework, and what became of the credential after
 * that. Only the store of orders is made up.
 */

const FRAMEWORKS = ["hono", "express", "fastify"] as const satisfies readonly Framework[];
const audienceOf = (name: Framework): string => `https://${name}.orders.internal`;

const POLICY = `
watchword: 1
systems:
${FRAMEWORKS.map((name) => `  ${name}: { adapter: jwt, audience: "${audienceOf(name)}" }`).join("\n")}
agents: { support: {}, reader: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader], tenant: { claim: org_id } }
grants:
${FRAMEWORKS.map(
  (name) => `
  - { id: ${name}-read, agent: [support, reader], operation: ${name}/orders.read, resource: { tenant: "\${tenant.${name}.account}" }, custody: released, lease: { action: 30s } }
  - id: ${name}-refund
    agent: support
    operation: ${name}/orders.refund
    resource: { tenant: "\${tenant.${name}.account}" }
    where: { args.amount: { max: "50.00 EUR" } }
    custody: released
    lease: { action: 30s }`,
).join("")}
`;

let place: TestWorld;
let brokerUrl = "";
let services: Record<Framework, OwnService>;
const closing: (() => Promise<unknown>)[] = [];
const askBroker: typeof fetch = (input, init) => {
  const url = input instanceof Request ? input.url : String(input);
  return fetch(url.replace(ISSUER, brokerUrl), init);
};

beforeAll(async () => {
  const made = await Promise.all(
    FRAMEWORKS.map((name) =>
      SERVICES[name]((url) => ({
        issuer: `${ISSUER}/access`,
        audience: audienceOf(name),
        origin: url,
        clock: { now: () => place.clock.now() },
        fetch: askBroker,
        // One of them asks the broker about each token.
        ...(name === "fastify" ? { introspectAs: () => place.workloadToken() } : {}),
      })),
    ),
  );
  services = Object.fromEntries(FRAMEWORKS.map((name, index) => [name, made[index]])) as typeof services;
  place = await world({
    policy: POLICY,
    broker: { introspectors: ["support-runtime"] },
    systems: () =>
      Object.fromEntries(
        FRAMEWORKS.map((name) => [
          name,
          jwt({ audience: audienceOf(name), baseUrl: services[name].url, operations: ordersOperations }),
        ]),
      ),
  });
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  const app = brokerHttp(place.broker);
  listener.serve(async (request) => app.fetch(request));
  brokerUrl = listener.url;
  closing.push(...made.map((service) => () => service.close()), () => listener.close());
});
afterAll(async () => {
  await Promise.all(closing.map((close) => close()));
  await place[Symbol.asyncDispose]();
});
beforeEach(() => Object.values(services).forEach(({ done }) => void (done.length = 0)));

type Answer = { readonly status: number; readonly body: object };
const send = async (credential: GuardedCredential, url: string, body?: object): Promise<Answer> => {
  const headers = { "content-type": "application/json" };
  const init = body === undefined ? {} : { method: "POST", headers, body: JSON.stringify(body) };
  const response = await credential.fetch(url, init);
  return { status: response.status, body: (await response.json()) as object };
};

/** Runs a guarded tool of a tenant's run at a service, as an application does. */
async function asTool<Result>(
  name: Framework,
  operation: keyof typeof ordersOperations,
  work: (credential: GuardedCredential) => Promise<Result>,
  { tenant = "acme", agent = "support@3", order = "o_1", cents = 1_200 } = {},
): Promise<unknown> {
  const catalogue = system(name, jwt({ audience: audienceOf(name), operations: ordersOperations }).catalogue);
  const reference = catalogue[operation];
  if (reference === undefined) throw new TypeError(`no operation ${operation}`);
  const tool = guard(
    { name: operation, description: "", execute: (_: object, { credential }) => work(credential) },
    bind(reference, () => ({
      order,
      ...(operation === "ordersRefund" ? { amount: money(cents, "minor", "EUR") } : {}),
    })),
  );
  const runtime = createRuntime({
    broker: httpBroker({ issuer: ISSUER, url: brokerUrl }),
    workload: () => place.workloadToken(),
    agent,
    clock: place.clock,
  });
  const token = await place.userToken("dana", { org_id: tenant });
  return runtime.run({ user: { token } }, () => tool.execute({}));
}

describe.for(FRAMEWORKS)("at a service in %s,", (name) => {
  const url = (path: string): string => `${services[name].url}${path}`;
  const amount = { minor: 1_200, currency: "EUR" };

  test("a guarded tool reads its own tenant's order, and the other tenant's of the same id is another", async () => {
    const totals = [];
    for (const tenant of ["acme", "globex"])
      totals.push(await asTool(name, "ordersRead", (each) => send(each, url("/orders/o_1")), { tenant }));
    expect(totals).toEqual([
      { status: 200, body: { id: "o_1", total: 4_200 } },
      { status: 200, body: { id: "o_1", total: 9_900 } },
    ]);
    expect(services[name].done.map(({ action }) => action.tenant)).toEqual(["acct_acme", "acct_globex"]);
  });

  test("one refund happens, once, and the service knows who, for whom and by which decision", async () => {
    const result = await asTool(name, "ordersRefund", async (credential) => {
      const first = await send(credential, url("/orders/o_1/refunds"), { amount });
      const again = await send(credential, url("/orders/o_1/refunds"), { amount });
      return { first: first.status, again, decisionId: credential.decisionId };
    });
    expect(result).toMatchObject({ first: 201, again: { status: 401, body: { reason: "token_replayed" } } });
    const [only, ...more] = services[name].done;
    expect(more).toEqual([]);
    expect(only).toMatchObject({
      effect: "refund",
      order: "o_1",
      action: {
        tenant: "acct_acme",
        access: "write",
        principal: { kind: "user", subject: "dana" },
        actor: "urn:watchword:agent:support@3",
        workload: "support-runtime",
        decisionId: (result as { decisionId: string }).decisionId,
      },
    });
  });

  test("a token for one action is none for another: order, amount, operation or path", async () => {
    const results = await asTool(name, "ordersRefund", async (credential) => [
      await send(credential, url("/orders/o_2/refunds"), { amount }),
      await send(credential, url("/orders/o_1/refunds"), { amount: { ...amount, minor: 1_201 } }),
      await send(credential, url("/orders/o_1/refunds"), { amount, note: "more" }),
      await send(credential, url("/orders/o_1")),
    ]);
    expect((results as Answer[]).map(({ status, body }) => [status, Reflect.get(body, "reason")])).toEqual(
      Array.from({ length: 4 }, () => [403, "request_mismatch"]),
    );
    expect(services[name].done).toEqual([]);
  });

  test("a reader's token writes nothing, whatever the reader sends with it", async () => {
    const results = await asTool(
      name,
      "ordersRead",
      async (credential) => [
        await send(credential, url("/orders/o_1/refunds"), { amount }),
        await send(credential, url("/orders/o_1/refunds"), { order: "o_1" }),
      ],
      { agent: "reader@1" },
    );
    expect((results as Answer[]).map(({ status }) => status)).toEqual([403, 403]);
    expect(services[name].done).toEqual([]);
  });

  test("no other service takes it, not even of the same operations", async () => {
    const other = name === "hono" ? "express" : "hono";
    const { token, key } = await released(name);
    const target = `${services[other].url}/orders/o_1`;
    expect(await present(token, key, target)).toEqual([401, "token_wrong_audience"]);
    expect(await present(token, key, url("/orders/o_1"))).toEqual([200, undefined]);
  });

  test("it is dead after its time, and without the run's key it never lived", async () => {
    const { token, key } = await released(name);
    const { key: stranger } = await place.start();
    expect(await present(token, stranger, url("/orders/o_1"))).toEqual([401, "proof_invalid"]);
    const bearer = await fetch(url("/orders/o_1"), { headers: { authorization: `Bearer ${token}` } });
    expect([bearer.status, bearer.headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringMatching(/^DPoP algs="ES256", error="invalid_dpop_proof"/),
    ]);
    expect((await fetch(url("/orders/o_1"))).headers.get("www-authenticate")).toBe('DPoP algs="ES256"');
    place.clock.advance(30);
    expect(await present(token, key, url("/orders/o_1"))).toEqual([401, "token_expired"]);
    expect(services[name].done).toEqual([]);
  });
});

/** A released token for reading order o_1, as the broker gives it to a runtime by hand. */
async function released(name: Framework): Promise<{ token: string; key: TestRun["key"]; run: TestRun }> {
  const run = await place.start();
  const answer = await place.act(run, read(name), { request: withoutType });
  if (!answer.ok) throw new Error(answer.reason);
  return { token: answer.access_token, key: run.key, run };
}

const read = (name: string, resource: Record<string, string> = {}, operation = "orders.read") =>
  newAction({ system: name, operation, resource, arguments: { order: "o_1" } });
const withoutType = <Request extends object>({ ...request }: Request): Request => {
  Reflect.deleteProperty(request, "requested_token_type");
  return request;
};

async function present(
  token: string,
  key: TestRun["key"],
  url: string,
): Promise<[number, string | undefined]> {
  const now = Math.floor(place.clock.now() / 1_000);
  const response = await fetch(url, {
    headers: {
      authorization: `DPoP ${token}`,
      dpop: await signProof(key, { method: "GET", url, token }, now),
    },
  });
  return [response.status, ((await response.json()) as { reason?: string }).reason];
}

test("a service that asks the broker refuses at once what was revoked; the others take it for its seconds", async () => {
  for (const [name, status] of [
    ["fastify", 401],
    ["hono", 200],
  ] as const) {
    const { token, key, run } = await released(name);
    await place.broker.runs.kill(run.id);
    const [answered] = await present(token, key, `${services[name].url}/orders/o_1`);
    expect([name, answered]).toEqual([name, status]);
  }
});

describe("nothing is minted, and no service hears of it,", () => {
  const mints = async (): Promise<number> =>
    (await place.ledger()).filter(({ body }) => body["outcome"] === "minted").length;

  test.for<[name: string, reason: string, act: () => Promise<unknown>]>([
    [
      "for another tenant",
      "tenant_mismatch",
      async () => place.act(await place.start(), read("hono", { tenant: "acct_globex" })),
    ],
    [
      "for the tenant in capitals",
      "tenant_mismatch",
      async () => place.act(await place.start(), read("hono", { tenant: "ACCT_ACME" })),
    ],
    [
      "for a field that services have not",
      "request_malformed",
      async () => place.act(await place.start(), read("hono", { region: "eu" })),
    ],
    [
      "for an operation that nobody declared",
      "unknown_target",
      async () => place.act(await place.start(), read("hono", {}, "orders.export")),
    ],
    [
      "for an operation in another case",
      "request_malformed",
      async () => place.act(await place.start(), read("hono", {}, "Orders.read")),
    ],
    [
      "for a write by a reader",
      "not_granted",
      () => asTool("hono", "ordersRefund", async () => "ran", { agent: "reader@1" }),
    ],
    [
      "for more than the grant's limit",
      "limit_exceeded",
      () => asTool("hono", "ordersRefund", async () => "ran", { cents: 5_001 }),
    ],
    [
      "for an argument that the schema refuses",
      "binding_failed",
      () => asTool("hono", "ordersRead", async () => "ran", { order: "o_1/../o_2" }),
    ],
  ])("%s: %s", async ([, reason, act]) => {
    const before = await mints();
    expect(await act()).toMatchObject({ reason });
    expect(await mints()).toBe(before);
    expect(Object.values(services).flatMap(({ done }) => done)).toEqual([]);
  });
});

test("what is answered says what the token is: DPoP, for one audience, for seconds, with what is left over", async () => {
  const run = await place.start();
  const answer = (await place.act(run, read("hono"), { request: withoutType })) as TokenSuccess;
  expect(answer).toMatchObject({
    token_type: "DPoP",
    issued_token_type: "urn:ietf:params:oauth:token-type:access_token",
    lease: {
      custody: "released",
      origins: [services.hono.url],
      residual: { axes: ["time"], heldBy: "tool" },
      credential: { kind: "access-token" },
    },
  });
  expect(answer.expires_in).toBeLessThanOrEqual(30);
});

test("no token is in the ledger, and none in an error of a tool that shows its own", async () => {
  const tokens: string[] = [];
  const told: unknown[] = [];
  await asTool("hono", "ordersRead", async (credential) => {
    tokens.push(credential.release());
    told.push(await credential.fetch("https://evil.example/").catch((error: unknown) => error));
    throw new Error(credential.release());
  }).then((result) => void told.push(result));
  const [token = ""] = tokens;
  expect(token.split(".")).toHaveLength(3);
  expect(JSON.stringify(await place.ledger())).not.toContain(token);
  expect(inspect(told, { depth: 12, showHidden: true })).not.toContain(token);
});
