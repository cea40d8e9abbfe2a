import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { snowflake, type SnowflakeOptions } from "@watchword/adapter-snowflake";
import { type Clock, systemClock } from "@watchword/core";
import { type AccountSeed, type SnowflakeTwin, snowflakeTwin } from "@watchword/emulators/snowflake";
import { localKeySource } from "@watchword/identity/local-key";
import { createRuntime, httpBroker } from "@watchword/middleware";
import { type Server, checkConfiguration, startServer } from "@watchword/server";

const ISSUER = "https://broker.warehouse.example";
export const FEDERATION = "https://federation.warehouse.example";
export const ACCOUNT = "acme-prod";
/** What tools address; nothing answers there. */
export const ORIGIN = `https://${ACCOUNT}.snowflakecomputing.com`;

const TABLE = "SHOP.PUBLIC.ORDERS";
const READ = "SELECT id, total FROM orders WHERE customer = ?";
const ALL = "SELECT id FROM orders";
/** What an agent asks in words of its own. */
export const OWN = "SELECT id FROM orders WHERE state = 'open' ORDER BY id LIMIT 10";
const CLOSE = "UPDATE orders SET state = 'closed' WHERE id = ?";

/** What agents may ask of the warehouse. */
export const orders = {
  role: "AGENT_RO",
  writeRole: "AGENT_RW",
  warehouse: "AGENT_WH",
  database: "SHOP",
  schema: "PUBLIC",
  select: { tables: { ORDERS: ["ID", "STATE"] }, maxRows: 10 },
  statements: {
    ordersOfCustomer: {
      name: "orders.of_customer",
      access: "read",
      title: "Orders of one customer",
      statement: READ.replace("?", "{customer}"),
      arguments: { customer: { type: "string", pattern: "^c_[0-9]+$", description: "Id of the customer." } },
      example: { customer: "c_1" },
    },
    ordersAll: {
      name: "orders.all",
      access: "read",
      title: "All orders, which takes its time",
      statement: ALL,
      async: true,
      timeoutSeconds: 55,
      example: {},
    },
    ordersClose: {
      name: "orders.close",
      access: "write",
      title: "Close an order",
      statement: CLOSE.replace("?", "{order}"),
      arguments: { order: { type: "string", pattern: "^o_[0-9]+$", description: "Id of the order." } },
      example: { order: "o_1" },
    },
  },
} as const satisfies SnowflakeOptions;

const RESOURCE =
  '{ account: "${tenant.warehouse.account}", role: AGENT_RO, warehouse: AGENT_WH, database: SHOP, schema: PUBLIC }';
const grant = (operation: string, resource = RESOURCE, where = ""): string => `
  - id: ${operation.replaceAll(/[._]/g, "-")}
    agent: research
    operation: warehouse/${operation}
    resource: ${resource}${where}
    lease: { action: 60s }`;

const POLICY = `
watchword: 1
systems: { warehouse: { adapter: snowflake } }
agents: { research: {} }
workloads: { desk: { identity: { localKey: desk }, agents: [research], tenant: { fixed: acme } } }
grants:${grant("orders.of_customer", RESOURCE, "\n    where: { args.customer: { in: [c_1, c_2] } }")}${grant("orders.all")}${grant(
  "orders.close",
  RESOURCE.replace("AGENT_RO", "AGENT_RW"),
)}${grant("queries.select")}${grant("results.read")}${grant("statements.cancel")}
`;

/** The account, whose reader reads and whose writer could do more than any declared statement. */
export function warehouseAccount(keys: () => Promise<object>): AccountSeed {
  const order = (id: string, customer: string) => ({ id, customer, total: "100", state: "open" });
  return {
    integration: { issuer: FEDERATION, keys },
    users: {
      "tenant:acme:system:warehouse": { name: "WATCHWORD_ACME", roles: ["AGENT_RO", "AGENT_RW"] },
    },
    roles: {
      AGENT_RO: { warehouses: ["AGENT_WH", "BIG_WH"], tables: { [TABLE]: ["SELECT"] } },
      AGENT_RW: { warehouses: ["AGENT_WH"], tables: { [TABLE]: ["SELECT", "UPDATE", "DELETE"] } },
    },
    tables: { [TABLE]: [order("o_1", "c_1"), order("o_2", "c_1"), order("o_3", "c_2")] },
    statements: {
      [READ]: {
        needs: { ORDERS: "SELECT" },
        partitionRows: 1,
        run: ([customer], tables) => ({
          columns: ["ID", "TOTAL"],
          rows: tables
            .rows("ORDERS")
            .filter((row) => row["customer"] === customer)
            .map((row) => [row["id"] ?? "", row["total"] ?? ""]),
        }),
      },
      [ALL]: {
        needs: { ORDERS: "SELECT" },
        seconds: 50,
        run: (_bindings, tables) => ({
          columns: ["ID"],
          rows: tables.rows("ORDERS").map((row) => [row["id"] ?? ""]),
        }),
      },
      [OWN]: {
        needs: { ORDERS: "SELECT" },
        run: (_bindings, tables) => ({
          columns: ["ID"],
          rows: tables.rows("ORDERS").flatMap((row) => (row["state"] === "open" ? [[row["id"] ?? ""]] : [])),
        }),
      },
      [CLOSE]: {
        needs: { ORDERS: "UPDATE" },
        run: ([id], tables) => {
          const rows = tables.rows("ORDERS");
          tables.replace(
            "ORDERS",
            rows.map((row) => (row["id"] === id ? { ...row, state: "closed" } : row)),
          );
          return { changed: rows.filter((row) => row["id"] === id).length };
        },
      },
    },
  };
}

/** Twin, broker and gateway, all real, with a federation issuer that the twin trusts. */
export interface SnowflakeWorld extends AsyncDisposable {
  readonly twin: SnowflakeTwin;
  readonly server: Server;
  /** Where the broker keeps its store and keys. */
  readonly directory: string;
  /** What the server logged, and what tools failed with. */
  readonly heard: unknown[];
  /** Moves the twin's clock alone. */
  advance(seconds: number): void;
  /** Runs `work` as the research agent of `acme`. */
  asResearch<Result>(work: () => Promise<Result>): Promise<Result>;
}

/** Starts it all in a directory of its own. */
export async function snowflakeWorld(): Promise<SnowflakeWorld> {
  await using opened = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "watchword-warehouse-"));
  opened.defer(() => rm(directory, { recursive: true, force: true }));
  let ahead = 0;
  const clock: Clock = { now: () => systemClock.now() + ahead };
  let server: Server | undefined;
  const twin = opened.use(
    await snowflakeTwin({
      clock,
      accounts: { [ACCOUNT]: warehouseAccount(async () => server?.broker.federation?.keys ?? {}) },
    }),
  );
  const workload = join(directory, "workload");
  const source = await localKeySource({ directory: workload, subject: "desk", audience: ISSUER });
  await writeFile(join(directory, "policy.yaml"), POLICY);
  const configuration = {
    watchword: 1 as const,
    issuer: ISSUER,
    policy: "policy.yaml",
    store: { sqlite: "watchword.db" },
    keys: "keys",
    broker: { listen: { port: 0 } },
    gateway: { listen: { port: 0 } },
    federation: { issuer: FEDERATION, listen: { port: 0 } },
    systems: { warehouse: snowflake({ ...orders, baseUrl: twin.url }) },
    verifiers: [{ localKey: { directory: workload } }],
  };
  const heard: unknown[] = [];
  server = opened.use(
    await startServer(checkConfiguration(configuration, directory), {
      mode: "dev",
      log: (entry) => void heard.push(entry),
    }),
  );
  await server.broker.tenants.put({ id: "acme", connections: { warehouse: { account: ACCOUNT } } });
  const runtime = createRuntime({
    broker: httpBroker({ issuer: ISSUER, url: server.brokerUrl }),
    workload: () => source.token(),
    agent: "research@1",
    onToolError: (error, about) => void heard.push([error, about]),
  });
  const living = opened.move();
  return {
    twin,
    server,
    directory,
    heard,
    advance: (seconds) => void (ahead += seconds * 1_000),
    asResearch: (work) => runtime.run({}, work),
    [Symbol.asyncDispose]: () => living.disposeAsync(),
  };
}
