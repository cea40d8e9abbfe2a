import { inspect } from "node:util";
import { newAction, system } from "@watchword/core";
import { checkCustody, parsePolicy } from "@watchword/policy";
import pg from "pg";
import connect from "postgres";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { brokerHttp } from "../../../broker/src/http/index.ts";
import { CANARY, ISSUER, type TestWorld, world } from "../../../broker/test/world.ts";
import { listen } from "../../../gateway/src/index.ts";
import {
  type GuardedCredential,
  bind,
  createRuntime,
  guard,
  httpBroker,
} from "../../../middleware/src/index.ts";
import { postgres, postgresCatalogue } from "../src/index.ts";
import { codeOf } from "./postgres-desk.ts";
import { type PostgresPlace, postgresPlace } from "./postgres-place.ts";

/** From a guarded tool, by a broker over HTTP, to rows in a real server, and what became of the role after that. */

const POLICY = `
watchword: 1
systems: { db: { adapter: postgres } }
agents: { support: {}, reader: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader], tenant: { claim: org_id } }
grants:
  - id: orders-read
    agent: [support, reader]
    operation: db/rows.select
    resource: { tenant: "\${tenant.db.account}" }
    where: { args.table: { equals: shop.orders }, args.columns: { in: ["id,status", secret] } }
    custody: released
    lease: { action: 30s }
  - id: order-close
    agent: support
    operation: db/row.update
    resource: { tenant: "\${tenant.db.account}" }
    where: { args.table: { equals: shop.orders }, args.columns: { equals: status } }
    custody: released
    lease: { action: 30s }
`;

let rows: PostgresPlace;
let place: TestWorld;
let brokerUrl = "";
let closeHttp: () => Promise<unknown>;
beforeAll(async () => {
  rows = await postgresPlace();
  await rows.root.unsafe(`
    ALTER ROLE ${rows.options.admin} PASSWORD '${CANARY}';
    UPDATE shop.orders SET tenant_id = 'acct_' || tenant_id; UPDATE shop.notes SET owner = 'acct_' || owner`);
  place = await world({
    policy: POLICY,
    systems: () => ({ db: postgres(rows.options) }),
    // The world's canary is none of development, and the world is in one process.
    broker: { unsafeInProcess: true },
  });
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  const app = brokerHttp(place.broker);
  listener.serve(async (request) => app.fetch(request));
  brokerUrl = listener.url;
  closeHttp = () => listener.close();
});
afterAll(async () => {
  await closeHttp();
  await place[Symbol.asyncDispose]();
  await rows[Symbol.asyncDispose]();
});
afterEach(async () => {
  await rows.root`UPDATE shop.orders SET status = 'open' WHERE id = 'o_1'`;
});

const db = system("db", postgresCatalogue);

/** Runs a guarded tool in a tenant's run, as an application does. */
async function asTool<Result>(
  work: (credential: GuardedCredential) => Promise<Result>,
  { tenant = "acme", agent = "support@3", key = "", columns = "id,status" } = {},
): Promise<unknown> {
  const tool = guard(
    { name: "orders", description: "", execute: (_: object, { credential }) => work(credential) },
    key === ""
      ? bind(db.rowsSelect, () => ({ table: "shop.orders", columns }))
      : bind(db.rowUpdate, () => ({ table: "shop.orders", columns, key })),
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

/** One statement of a tool, by the client `postgres`. */
async function ask(url: string, statement: string): Promise<readonly object[]> {
  const sql = connect(url, { max: 1, fetch_types: false });
  try {
    return [...(await sql.unsafe(statement))];
  } finally {
    await sql.end({ timeout: 0 });
  }
}

/** The same by `pg`. */
async function askPg(url: string, statement: string): Promise<readonly object[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<object>(statement)).rows;
  } finally {
    await client.end();
  }
}

const roles = async (): Promise<number> =>
  (await rows.root`SELECT 1 FROM pg_roles WHERE rolname LIKE ${`${rows.options.rolePrefix}%`}`).length;
const ledgerText = async (): Promise<string> => inspect(await place.ledger(), { depth: 20 });

describe("a guarded tool", () => {
  test.for([
    ["postgres", ask],
    ["pg", askPg],
  ] as const)(
    "reads its own tenant's rows with %s, and the role is gone when its run ends",
    async ([, by]) => {
      const [acme, globex] = await Promise.all(
        ["acme", "globex"].map((tenant) =>
          asTool((credential) => by(credential.release(), "SELECT id FROM orders ORDER BY id"), { tenant }),
        ),
      );
      expect(acme).toEqual([{ id: "o_1" }, { id: "o_2" }]);
      expect(globex).toEqual([{ id: "x_1" }]);
      expect(await roles()).toBe(0);
      expect(await ledgerText()).toMatch(/outcome: 'revoked'/);
    },
  );

  test("changes the one row that was decided and none beside it, and its text opens nothing afterwards", async () => {
    let kept = "";
    const result = await asTool(
      async (credential) => {
        kept = credential.release();
        expect(credential.custody).toBe("released");
        await ask(kept, "UPDATE orders SET status = 'closed'");
        return codeOf(ask(kept, "UPDATE orders SET cents = 0"));
      },
      { key: "o_1", columns: "status" },
    );
    expect(result).toBe("42501");
    expect(await rows.root`SELECT id FROM shop.orders WHERE status = 'closed'`).toEqual([{ id: "o_1" }]);
    expect(await codeOf(ask(kept, "SELECT 1"))).toMatch(/^28/);
    const said = await ledgerText();
    expect(said).toMatch(/credential_kind: 'database-role'/);
    expect(said).toMatch(/bound: 'mint'/);
    expect(said).not.toContain(new URL(kept).password);
    expect(said).not.toContain(CANARY);
  });

  test("cannot send it anywhere by fetch, and has nothing once it has returned", async () => {
    let late: GuardedCredential | undefined;
    const refused = await asTool(async (credential) => {
      late = credential;
      return credential.fetch("http://127.0.0.1:1/").catch((error: { reason: string }) => error.reason);
    });
    expect(refused).toBe("target_refused");
    expect(() => late?.release()).toThrow(expect.objectContaining({ reason: "lease_expired" }));
  });

  test.for<[string, Parameters<typeof asTool>[1], string]>([
    ["columns that the grant does not name", { columns: "cents" }, "condition_failed"],
    ["columns that nobody declared", { columns: "secret" }, "request_malformed"],
    ["another agent's grant", { agent: "reader@1", key: "o_1", columns: "status" }, "not_granted"],
  ])("that asks for %s gets no role", async ([, options, reason]) => {
    const result = await asTool(async () => "ran", options);
    expect(result).toMatchObject({ reason });
    expect(await roles()).toBe(0);
  });
});

describe("a role that a runtime holds", () => {
  const act = async () => {
    const run = await place.start();
    const answer = await place.act(
      run,
      newAction({
        system: "db",
        operation: "rows.select",
        resource: {},
        arguments: { table: "shop.orders", columns: "id,status" },
      }),
      { request: ({ requested_token_type: _, ...request }) => request },
    );
    if (!answer.ok || answer.lease === undefined) throw new Error("no lease");
    return { run, answer, lease: answer.lease };
  };

  test("ends at once when its run is killed, in the middle of a statement", async () => {
    const { run, answer, lease } = await act();
    expect([answer.token_type, lease.origins, lease.residual.heldBy]).toEqual(["N_A", [], "tool"]);
    const sql = connect(answer.access_token, { max: 1, fetch_types: false, onnotice: () => undefined });
    await sql.unsafe("SELECT 1");
    const sleeping = codeOf(sql.unsafe("SELECT pg_sleep(60)"));
    await place.broker.runs.kill(run.id);
    expect(["57P01", "CONNECTION_CLOSED"]).toContain(await sleeping);
    await sql.end({ timeout: 0 });
    expect(await codeOf(ask(answer.access_token, "SELECT 1"))).toMatch(/^28/);
    expect(await roles()).toBe(0);
  });

  test("ends with its lease", async () => {
    const { answer, lease } = await act();
    expect(await ask(answer.access_token, "SELECT id FROM orders")).toHaveLength(2);
    expect(lease.credential.expires_at).toBeLessThanOrEqual(lease.credential.lease_expires_at);
    place.clock.advance(31);
    await place.broker.sweep();
    expect(await codeOf(ask(answer.access_token, "SELECT 1"))).toMatch(/^28/);
    expect(await roles()).toBe(0);
  });
});

test("a grant that does not release is a load error: no gateway could send a statement", () => {
  const kept = parsePolicy([{ name: "policy.yaml", text: POLICY.replaceAll("    custody: released\n", "") }]);
  const problems = checkCustody(kept, { db: postgres(rows.options) });
  expect(problems.map(({ message }) => message)).toEqual(
    Array.from({ length: 2 }, () => expect.stringContaining("say custody: released")),
  );
});
