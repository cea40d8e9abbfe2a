import { type Server, request as send } from "node:http";
import type { AddressInfo } from "node:net";
import { signProof } from "@watchword/core";
import express from "express";
import Fastify, { type FastifyRequest } from "fastify";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { verifyToken as verifyInExpress } from "../src/express.ts";
import { verifyToken as verifyInFastify } from "../src/fastify.ts";
import { verifyToken as verifyInHono } from "../src/hono.ts";
import { AUDIENCE, type IssuerDesk, issuerDesk } from "./issuer-desk.ts";

/** What a service answered. */
interface Answer {
  readonly status: number;
  readonly challenge: string | undefined;
  readonly body: Readonly<Record<string, unknown>>;
}

/** A request as it goes over the wire: headers in pairs, so that one can be there twice. */
type Ask = (
  target: string,
  headers: readonly (readonly [string, string])[],
  body?: string,
) => Promise<Answer>;

interface Service {
  readonly name: string;
  readonly ask: Ask;
  close(): Promise<unknown>;
}

let desk: IssuerDesk;
let ran: number;

function overSocket(port: number): Ask {
  return (target, headers, body) =>
    new Promise((resolve, reject) => {
      const method = body === undefined ? "GET" : "POST";
      const outgoing = send(
        { port, host: "127.0.0.1", path: target, method, agent: false },
        async (incoming) => {
          const text = Buffer.concat(await incoming.toArray()).toString();
          resolve({
            status: incoming.statusCode ?? 0,
            challenge: incoming.headers["www-authenticate"],
            body: JSON.parse(text) as Answer["body"],
          });
        },
      );
      const names = new Set(headers.map(([name]) => name));
      for (const name of names)
        outgoing.setHeader(
          name,
          headers.filter(([other]) => other === name).map(([, value]) => value),
        );
      outgoing.on("error", reject).end(body);
    });
}

async function inHono(): Promise<Service> {
  const { requireOperation, verified } = verifyInHono(desk.options);
  const app = new Hono();
  app.get(
    "/orders/:order",
    requireOperation("orders.read", (c) => ({ order: c.req.param("order") }), {
      tenant: (c) => c.req.header("x-tenant") ?? "acme",
    }),
    (c) => (ran++, c.json(verified(c))),
  );
  app.post(
    "/orders",
    requireOperation("orders.create", (c) => c.req.json<Record<string, unknown>>()),
    (c) => (ran++, c.json(verified(c))),
  );
  app.get("/open", (c) => c.json(verified(c)));
  app.onError((error, c) => c.json({ reason: Reflect.get(error, "reason") as string }, 500));
  const ask: Ask = async (target, pairs, body) => {
    const headers = new Headers();
    for (const [name, value] of pairs) headers.append(name, value);
    const init = body === undefined ? { headers } : { method: "POST", headers, body };
    const response = await app.request(target, init);
    return {
      status: response.status,
      challenge: response.headers.get("www-authenticate") ?? undefined,
      body: (await response.json()) as Answer["body"],
    };
  };
  return { name: "hono", ask, close: async () => undefined };
}

async function inExpress(): Promise<Service> {
  const { requireOperation, verified } = verifyInExpress(desk.options);
  const app = express();
  const orders = express.Router();
  orders.get(
    "/:order",
    requireOperation("orders.read", (req: express.Request<{ order: string }>) => req.params, {
      tenant: (req) => req.get("x-tenant") ?? "acme",
    }),
    (req, res) => (ran++, void res.json(verified(req))),
  );
  orders.post(
    "/",
    express.json(),
    requireOperation("orders.create", (req: express.Request) => req.body as Record<string, unknown>),
    (req, res) => (ran++, void res.json(verified(req))),
  );
  app.use("/orders", orders);
  app.get("/open", (req, res) => void res.json(verified(req)));
  app.use(((error, _req, res, _next) => {
    res.status(500).json({ reason: Reflect.get(error as object, "reason") as string });
  }) satisfies express.ErrorRequestHandler);
  const server = await new Promise<Server>((resolve) => {
    const listening = app.listen(0, "127.0.0.1", () => resolve(listening));
  });
  return {
    name: "express",
    ask: overSocket((server.address() as AddressInfo).port),
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

async function inFastify(): Promise<Service> {
  interface Order {
    Params: { order: string };
  }
  const { requireOperation, verified } = verifyInFastify(desk.options);
  const app = Fastify();
  app.get<Order>(
    "/orders/:order",
    {
      preHandler: requireOperation("orders.read", (request: FastifyRequest<Order>) => request.params, {
        tenant: (request) => String(request.headers["x-tenant"] ?? "acme"),
      }),
    },
    (request) => (ran++, verified(request)),
  );
  app.post<{ Body: Record<string, unknown> }>(
    "/orders",
    {
      preHandler: requireOperation(
        "orders.create",
        (request: FastifyRequest<{ Body: Record<string, unknown> }>) => request.body,
      ),
    },
    (request) => (ran++, verified(request)),
  );
  app.get("/open", (request) => verified(request));
  app.setErrorHandler((error, _request, reply) =>
    reply.code(500).send({ reason: Reflect.get(error as object, "reason") as string }),
  );
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  return { name: "fastify", ask: overSocket(Number(new URL(url).port)), close: () => app.close() };
}

let services: readonly Service[];
beforeAll(async () => {
  desk = await issuerDesk();
  services = await Promise.all([inHono(), inExpress(), inFastify()]);
});
afterAll(() => Promise.all(services.map((service) => service.close())));

const now = (): number => Math.floor(desk.clock.now() / 1_000);
const proofOf = (token: string, path = "/orders/o_1", method = "GET"): Promise<string> =>
  signProof(desk.holder, { method, url: `${AUDIENCE}${path}`, token }, now());

/** Asks each service with a token of its own; gives what they answered, which must be the same. */
async function askEach(
  make: (token: string) => Promise<readonly (readonly [string, string])[]>,
  { target = "/orders/o_1", body = undefined as string | undefined, changes = {} } = {},
): Promise<Answer & { readonly ran: number }> {
  ran = 0;
  const answers: Answer[] = [];
  for (const { ask } of services)
    answers.push(await ask(target, await make(await desk.token(changes)), body));
  const [first, ...others] = answers.map(({ status, challenge, body: { reason } }) => [
    status,
    challenge,
    reason,
  ]);
  expect(others, services.map(({ name }) => name).join()).toEqual([first, first]);
  return { ...(answers[0] ?? { status: 0, challenge: undefined, body: {} }), ran };
}

const honest = async (token: string): Promise<readonly (readonly [string, string])[]> => [
  ["authorization", `DPoP ${token}`],
  ["dpop", await proofOf(token)],
];

describe("Hono, Express and Fastify alike", () => {
  test("let the decided request through, and its handler knows whose it is", async () => {
    const { status, body, ran: times } = await askEach(honest);
    expect([status, times]).toEqual([200, 3]);
    expect(body).toMatchObject({ tenant: "acme", operation: "orders.read", workload: "support-runtime" });
  });

  test("read arguments from a body", async () => {
    const order = { item: "i_1", amount: { minor: 5, currency: "EUR" } };
    const changes = { arguments: order, detail: { actions: ["orders.create"], access: "write" } };
    const headers = async (token: string) =>
      [
        ["authorization", `DPoP ${token}`],
        ["dpop", await proofOf(token, "/orders", "POST")],
        ["content-type", "application/json"],
      ] as const;
    const ask = (body: string) => askEach(headers, { target: "/orders", body, changes });
    expect(await ask(JSON.stringify(order))).toMatchObject({ status: 200, ran: 3 });
    expect(await ask(JSON.stringify({ ...order, item: "i_2" }))).toMatchObject({
      status: 403,
      body: { reason: "request_mismatch" },
      ran: 0,
    });
  });

  test.for<[string, (token: string) => Promise<readonly (readonly [string, string])[]>, number, string]>([
    ["nothing shown", async () => [], 401, "caller_unknown"],
    ["no proof", async (token) => [["authorization", `DPoP ${token}`]], 400, "request_malformed"],
    ["Bearer", async (token) => [["authorization", `Bearer ${token}`]], 401, "proof_invalid"],
    [
      "two tokens, the first of them good",
      async (token) => [...(await honest(token)), ["authorization", `DPoP a.b.c`]],
      400,
      "request_malformed",
    ],
    [
      "two proofs, the first of them good",
      async (token) => [...(await honest(token)), ["dpop", await proofOf(token)]],
      400,
      "request_malformed",
    ],
    [
      "another host in front",
      async (token) => [
        ["authorization", `DPoP ${token}`],
        [
          "dpop",
          await signProof(
            desk.holder,
            { method: "GET", url: "https://evil.example/orders/o_1", token },
            now(),
          ),
        ],
        ["x-forwarded-host", "evil.example"],
      ],
      401,
      "proof_invalid",
    ],
    [
      "another tenant in the request",
      async (token) => [...(await honest(token)), ["x-tenant", "globex"]],
      403,
      "tenant_mismatch",
    ],
  ])("refuse %s, before the handler runs", async ([, make, status, reason]) => {
    expect(await askEach(make)).toMatchObject({ status, body: { reason }, ran: 0 });
  });

  test("refuse another path, also in another spelling", async () => {
    for (const target of ["/orders/o_2", "/orders/O_1", "/orders/o%5f2"])
      expect(await askEach(honest, { target })).toMatchObject({
        status: 401,
        body: { reason: "proof_invalid" },
        ran: 0,
      });
  });

  test("answer with a challenge that says what is missing, and nothing of the token", async () => {
    const answers = [
      await askEach(async () => []),
      await askEach(honest, { changes: { claims: { aud: "https://billing.example" } } }),
      await askEach(honest, { changes: { arguments: { order: "o_9" } } }),
    ];
    expect(answers.map(({ challenge }) => challenge)).toEqual([
      'DPoP algs="ES256"',
      'DPoP algs="ES256", error="invalid_token", error_description="A token was made for somebody else."',
      'DPoP algs="ES256", error="insufficient_scope", error_description="The request is not the action that was decided."',
    ]);
    for (const { body } of answers)
      expect(Object.keys(body).toSorted()).toEqual(["error", "error_description", "reason"]);
  });

  test("say 503 without a challenge while the issuer's keys cannot be had", async () => {
    desk.published.status = 503;
    desk.clock.advance(901);
    expect(await askEach(honest)).toMatchObject({
      status: 503,
      challenge: undefined,
      body: { error: "temporarily_unavailable", reason: "broker_unavailable" },
      ran: 0,
    });
    desk.published.status = 200;
    desk.clock.advance(10);
    expect(await askEach(honest)).toMatchObject({ status: 200, ran: 3 });
  });

  test("give nothing to a route that asked for no operation", async () => {
    expect(await askEach(honest, { target: "/open" })).toMatchObject({
      status: 500,
      body: { reason: "caller_unknown" },
    });
  });
});
