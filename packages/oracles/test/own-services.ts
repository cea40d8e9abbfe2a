import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import express from "express";
import Fastify, { type FastifyRequest } from "fastify";
import { Hono } from "hono";
import { serviceCatalogue } from "@watchword/adapter-jwt";
import { Money } from "@watchword/core";
import type { VerifiedAction, VerifyOptions } from "@watchword/verify";
import { verifyToken as verifyInExpress } from "@watchword/verify/express";
import { verifyToken as verifyInFastify } from "@watchword/verify/fastify";
import { verifyToken as verifyInHono } from "@watchword/verify/hono";
import { z } from "zod";
import { listen } from "../../gateway/src/index.ts";

const orderId = z
  .string()
  .regex(/^o_\d{1,9}$/)
  .describe("Id of the order.");

/** The operations of each of the three services. */
export const ordersOperations = {
  ordersRead: {
    name: "orders.read",
    access: "read",
    title: "Read one order",
    method: "GET",
    path: "/orders/{order}",
    arguments: z.strictObject({ order: orderId }),
    example: { order: "o_1" },
  },
  ordersRefund: {
    name: "orders.refund",
    access: "write",
    title: "Refund an order in part",
    method: "POST",
    path: "/orders/{order}/refunds",
    arguments: z.strictObject({ order: orderId, amount: Money.describe("What is given back.") }),
    example: { order: "o_1", amount: { minor: 1200, currency: "EUR" } },
  },
} as const;
const { operations } = serviceCatalogue(ordersOperations);

/** What a service did, by whom. */
export interface Done {
  readonly effect: "read" | "refund";
  readonly order: string;
  readonly action: VerifiedAction;
}

/** A service of a team, on a port of its own. */
export interface OwnService {
  readonly url: string;
  readonly done: Done[];
  /** What it answers with, by tenant: both have an order of one id. */
  answer(effect: Done["effect"], order: string, action: VerifiedAction): object;
  close(): Promise<void>;
}

/** The frameworks, and how a service of each is made. */
export type Framework = "hono" | "express" | "fastify";
type Options = (url: string) => VerifyOptions;

const TOTALS: Readonly<Record<string, number>> = { acct_acme: 4_200, acct_globex: 9_900 };

function desk(): Pick<OwnService, "done" | "answer"> {
  const done: Done[] = [];
  return {
    done,
    answer: (effect, order, action) => {
      done.push({ effect, order, action });
      return { id: effect === "read" ? order : "r_1", total: TOTALS[action.tenant] };
    },
  };
}

async function honoService(options: Options): Promise<OwnService> {
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  const { done, answer } = desk();
  const { requireOperation, verified } = verifyInHono(options(listener.url));
  const app = new Hono();
  app.get(
    "/orders/:order",
    requireOperation(operations.ordersRead, (c) => ({ order: c.req.param("order") ?? "" })),
    (c) => c.json(answer("read", c.req.param("order"), verified(c))),
  );
  app.post(
    "/orders/:order/refunds",
    requireOperation("orders.refund", async (c) => ({ ...c.req.param(), ...(await c.req.json<object>()) })),
    (c) => c.json(answer("refund", c.req.param("order"), verified(c)), 201),
  );
  listener.serve(async (request) => app.fetch(request));
  return { url: listener.url, done, answer, close: () => listener.close() };
}

async function expressService(options: Options): Promise<OwnService> {
  const app = express();
  const server = createServer(app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { done, answer } = desk();
  const { requireOperation, verified } = verifyInExpress(options(url));
  app.get(
    "/orders/:order",
    requireOperation(operations.ordersRead, (req: express.Request<{ order: string }>) => req.params),
    (req, res) => void res.json(answer("read", req.params.order, verified(req))),
  );
  app.post(
    "/orders/:order/refunds",
    express.json(),
    requireOperation("orders.refund", (req: express.Request<{ order: string }>) => ({
      ...req.params,
      ...(req.body as object),
    })),
    (req, res) => void res.status(201).json(answer("refund", req.params.order, verified(req))),
  );
  return {
    url,
    done,
    answer,
    close: () => new Promise((resolve) => (server.closeAllConnections(), server.close(() => resolve()))),
  };
}

async function fastifyService(options: Options): Promise<OwnService> {
  interface Order {
    Params: { order: string };
    Body: object;
  }
  const app = Fastify();
  const { done, answer } = desk();
  let verify = verifyInFastify({
    issuer: "https://broker.example/access",
    audience: "https://unset.example",
  });
  const read = (request: FastifyRequest<Order>): { order: string } => request.params;
  app.get<Order>(
    "/orders/:order",
    {
      preHandler: async (request, reply) =>
        verify.requireOperation(operations.ordersRead, read)(request, reply),
    },
    (request) => answer("read", request.params.order, verify.verified(request)),
  );
  app.post<Order>(
    "/orders/:order/refunds",
    {
      preHandler: async (request, reply) =>
        verify.requireOperation("orders.refund", (each: FastifyRequest<Order>) => ({
          ...each.params,
          ...(each.body as object),
        }))(request, reply),
    },
    (request, reply) =>
      reply.code(201).send(answer("refund", request.params.order, verify.verified(request))),
  );
  const url = await app.listen({ host: "127.0.0.1", port: 0 });
  verify = verifyInFastify(options(url));
  return { url, done, answer, close: () => app.close() };
}

/** Makes a service of a framework; its options come when its address is known. */
export const SERVICES: Readonly<Record<Framework, (options: Options) => Promise<OwnService>>> = {
  hono: honoService,
  express: expressService,
  fastify: fastifyService,
};
