import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type HttpOptions, http } from "@watchword/adapter-http";
import { type HttpTwin, httpTwin } from "@watchword/emulators/http";
import { developmentIssuer, localKeySource } from "@watchword/identity/local-key";
import { createRuntime, httpBroker } from "@watchword/middleware";
import { type Server, checkConfiguration, startServer } from "@watchword/server";

const ISSUER = "https://broker.orders.example";
const LOGIN = "https://login.orders.example";
/** The platform's key at the orders API; it may be seen there and nowhere else. */
export const KEY = "test_orders_canary_4f81d0";
/** What tools address; nothing answers there. */
export const ORIGIN = "https://orders.example";

const order = { type: "string", pattern: "^ord_[a-z0-9]{1,40}$", description: "Id of the order." } as const;

/** The orders API, as a team would declare the part that its agents need. */
export const orders = {
  origin: ORIGIN,
  tenancy: { header: "x-account" },
  secret: { header: "authorization", scheme: "Bearer", testPrefix: "test_" },
  idempotencyKey: "idempotency-key",
  refusal: "/error/code",
  operations: {
    ordersRetrieve: {
      name: "orders.retrieve",
      access: "read",
      title: "Read one order",
      method: "GET",
      path: "/v1/orders/{order}",
      arguments: { order },
      ids: { order: "/id" },
      example: { order: "ord_1" },
    },
    ordersAnnotate: {
      name: "orders.annotate",
      access: "write",
      title: "Write a note on an order",
      method: "PATCH",
      path: "/v1/orders/{order}",
      arguments: { order, note: { type: "string", maxLength: 500, description: "The note." } },
      body: { "/note": "note" },
      ids: { order: "/id" },
      example: { order: "ord_1", note: "call first" },
    },
    refundsCreate: {
      name: "refunds.create",
      access: "write",
      title: "Refund a part of an order",
      method: "POST",
      path: "/v1/orders/{order}/refunds",
      arguments: {
        order,
        amount: {
          type: "money",
          units: "minor",
          currencies: ["EUR", "USD"],
          currency: { fact: "order.currency" },
          description: "Amount in the smallest unit of the order's currency.",
        },
      },
      body: { "/amount": "amount.minor" },
      ids: { refund: "/id", order: "/order" },
      example: { order: "ord_1", amount: { minor: 100 } },
    },
  },
  lookups: {
    order: { operation: "ordersRetrieve", id: "/id", owner: "/account", facts: { currency: "/currency" } },
  },
  check: { path: "/v1/account", account: "/id" },
} as const satisfies HttpOptions;

const POLICY = `
watchword: 1
systems: { shop: { adapter: http } }
agents: { support: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support], tenant: { claim: org_id } }
grants:
  - id: refund
    agent: support
    operation: shop/refunds.create
    resource: { account: "\${tenant.shop.account}" }
    where: { args.order: { ownedBy: tenant }, args.amount: { max: "50.00 USD" } }
    lease: { action: 60s }
  - id: read
    agent: support
    operation: shop/orders.retrieve
    resource: { account: "\${tenant.shop.account}" }
    where: { args.order: { ownedBy: tenant } }
    lease: { action: 30s }
  - id: annotate
    agent: support
    operation: shop/orders.annotate
    resource: { account: "\${tenant.shop.account}" }
    where: { args.order: { ownedBy: tenant } }
    lease: { action: 30s }
`;

/** Twin, broker and gateway, all real, and a support agent that reaches the broker over HTTP. */
export interface OrdersWorld extends AsyncDisposable {
  readonly twin: HttpTwin;
  readonly server: Server;
  /** Where the broker keeps its store and keys. */
  readonly directory: string;
  /** What the server logged. */
  readonly heard: unknown[];
  /** Runs `work` as the support agent for a user of `acme`. */
  asSupport<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Starts it all in a directory of its own. */
export async function ordersWorld(): Promise<OrdersWorld> {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "watchword-orders-"));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  const twin = opened.use(
    await httpTwin({
      accounts: {
        acme: {
          orders: Object.fromEntries(
            ["ord_1", "ord_2", "ord_3"].map((id) => [id, { amount: 4200, currency: "USD" }]),
          ),
        },
        globex: { orders: { ord_globex: { amount: 4200, currency: "USD" } } },
      },
      keys: [{ secret: KEY, orders: "write" }],
    }),
  );
  const heard: unknown[] = [];
  const login = await developmentIssuer({ issuer: LOGIN });
  const workloads = join(directory, "workload");
  const source = await localKeySource({ directory: workloads, subject: "support-runtime", audience: ISSUER });
  await writeFile(join(directory, "policy.yaml"), POLICY);
  const configuration = checkConfiguration(
    {
      watchword: 1,
      issuer: ISSUER,
      policy: "policy.yaml",
      store: { sqlite: "watchword.db" },
      keys: "keys",
      broker: { listen: { port: 0 } },
      gateway: { listen: { port: 0 } },
      systems: { shop: http({ ...orders, baseUrl: twin.url }) },
      verifiers: [
        { localKey: { directory: workloads } },
        {
          oidc: {
            issuer: LOGIN,
            jwks: { inline: login.jwks as never },
            algorithms: ["ES256"],
            uses: ["user"],
          },
        },
      ],
    },
    directory,
  );
  const server = opened.use(
    await startServer(configuration, { mode: "dev", log: (entry) => void heard.push(entry) }),
  );
  await server.broker.tenants.put({
    id: "acme",
    connections: { shop: { account: "acme", secret: KEY } },
  });
  const runtime = createRuntime({
    broker: httpBroker({ issuer: ISSUER, url: server.brokerUrl }),
    workload: () => source.token(),
    agent: "support@3",
    onToolError: (error, about) => void heard.push([error, about]),
  });
  const living = opened.move();
  return {
    twin,
    server,
    directory,
    heard,
    asSupport: async (work) => {
      const token = await login.idToken({ subject: "dana", audience: ISSUER, claims: { org_id: "acme" } });
      return runtime.run({ user: { token } }, work);
    },
    [Symbol.asyncDispose]: () => living.disposeAsync(),
  };
}
