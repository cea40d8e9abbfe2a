import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TwinControl, TwinFailure } from "@watchword/conformance";
import type { Operation } from "@watchword/core";
import type { VerifyOptions } from "@watchword/verify";
import { verifyToken } from "@watchword/verify/hono";
import { type Context, Hono } from "hono";
import { serviceCatalogue } from "../src/index.ts";
import { ordersOperations } from "./orders-operations.ts";

/** A team's service as `@watchword/verify` guards it, on a port of its own. */
export interface ServiceTwin extends TwinControl {
  readonly requests: { kind: string; path: string; tenant?: string; idempotencyKey?: string | undefined }[];
  readonly url: string;
  close(): Promise<void>;
}

const { operations } = serviceCatalogue(ordersOperations);

/** Starts the service. `options` come when its own address is known. */
export async function serviceTwin(options: (url: string) => VerifyOptions): Promise<ServiceTwin> {
  const requests: ServiceTwin["requests"] = [];
  let failing: TwinFailure | null = null;
  let app = new Hono();
  const server = createServer(async (incoming, outgoing) => {
    const failure = failing;
    if (failure === "down") return incoming.socket.destroy();
    if (failure === "slow") return;
    if (failure === "redirect") return outgoing.writeHead(302, { location: "/redirected" }).end();
    if (failure === "garbage") return outgoing.writeHead(200).end("<html>");
    if (failure === "429" || failure === "500") return outgoing.writeHead(Number(failure)).end();
    const body = Buffer.concat(await incoming.toArray());
    const headers = new Headers(incoming.headers as Record<string, string>);
    const method = incoming.method ?? "";
    const response = await app.fetch(
      new Request(`http://service.internal${incoming.url}`, {
        method,
        headers,
        ...(body.length ? { body } : {}),
      }),
    );
    if (method !== "GET" && failure === "500-after-effect") return outgoing.writeHead(500).end();
    if (method !== "GET" && failure === "drop-after-effect") return incoming.socket.destroy();
    outgoing.writeHead(response.status, Object.fromEntries(response.headers));
    return outgoing.end(Buffer.from(await response.arrayBuffer()));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  app = ordersApp(options(url), requests);
  return {
    url,
    requests,
    fail: (mode) => void (failing = mode),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function ordersApp(options: VerifyOptions, requests: ServiceTwin["requests"]): Hono {
  const { requireOperation, verified } = verifyToken(options);
  const app = new Hono();
  const note = (kind: string, context: Context): void => {
    const { tenant, idempotencyKey } = verified(context);
    requests.push({ kind, path: context.req.path, tenant, idempotencyKey });
  };
  const route = (entry: Operation, read: (context: Context) => unknown) =>
    requireOperation(entry, async (context) => (await read(context)) as Record<string, unknown>);
  app.get(
    "/orders",
    route(operations.ordersList, ({ req }) => {
      const { limit, gift, ...texts } = req.query();
      const isGift = gift === undefined ? undefined : gift === "true";
      return { ...texts, limit: limit === undefined ? undefined : Number(limit), gift: isGift };
    }),
    (context) => (note("read", context), context.json({ orders: [] })),
  );
  app.get(
    "/orders/:order",
    route(operations.ordersRead, ({ req }) => req.param()),
    (context) => {
      note("read", context);
      return context.json({ id: context.req.param("order"), tenant: verified(context).tenant });
    },
  );
  app.post(
    "/orders/:order/refunds",
    route(operations.ordersRefund, async ({ req }) => ({ ...req.param(), ...(await req.json<object>()) })),
    (context) => (note("effect", context), context.json({ id: "r_1" }, 201)),
  );
  app.delete(
    "/orders/:order/draft",
    route(operations.ordersDiscard, ({ req }) => req.param()),
    (context) => {
      note("effect", context);
      return context.json({ id: context.req.param("order") });
    },
  );
  return app;
}
