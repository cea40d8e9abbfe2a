import { SealedCredential } from "@watchword/core";
import pg from "pg";
import type { Sql } from "postgres";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { postgres } from "../src/index.ts";
import { DENIED, type PostgresDesk, READ, codeOf, postgresDesk, roleIn } from "./postgres-desk.ts";
import { rootOf, serverUrl } from "./postgres-place.ts";

let desk: PostgresDesk;
beforeAll(async () => {
  desk = await postgresDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());
afterEach(() => desk.closeTools());

const context: PostgresDesk["context"] = (...given) => desk.context(...given);
const authorityFor: PostgresDesk["authorityFor"] = (...given) => desk.authorityFor(...given);
const mint: PostgresDesk["mint"] = (...given) => desk.mint(...given);
const asTool: PostgresDesk["asTool"] = (minted) => desk.asTool(minted);
const rolesThere: PostgresDesk["roles"] = (name) => desk.roles(name);

describe("a role for reading", () => {
  test("sees the tenant's rows in the columns that were decided, by both clients of Node", async () => {
    const minted = await mint("rows.select", READ);
    expect(await asTool(minted)`SELECT id, status FROM shop.orders ORDER BY id`).toEqual([
      { id: "o_1", status: "open" },
      { id: "o_2", status: "paid" },
    ]);
    await desk.closeTools();
    const client = new pg.Client({ connectionString: minted.credential.open((url) => url) });
    await client.connect();
    const { rows } = await client.query("SELECT id FROM orders WHERE status = $1", ["paid"]);
    await client.end();
    expect(rows).toEqual([{ id: "o_2" }]);
    expect(
      await mint("rows.select", READ, "globex").then((other) => asTool(other)`SELECT id FROM orders`),
    ).toEqual([{ id: "x_1" }]);
  });

  test("that is for one row sees that row, and none of another tenant's under its key", async () => {
    const sees = async (key: string): Promise<unknown> =>
      asTool(await mint("row.select", { ...READ, key }))`SELECT id FROM orders`;
    expect(await sees("o_2")).toEqual([{ id: "o_2" }]);
    expect(await sees("x_1")).toEqual([]);
  });

  const writes = (sql: Sql): readonly [string, Promise<unknown>][] => [
    ["UPDATE", sql.unsafe("UPDATE shop.orders SET status = 'x'")],
    ["INSERT", sql.unsafe("INSERT INTO shop.orders (id) VALUES ('o_9')")],
    ["DELETE", sql.unsafe("DELETE FROM shop.orders")],
    ["TRUNCATE", sql.unsafe("TRUNCATE shop.orders")],
    ["another column", sql.unsafe("SELECT secret FROM shop.orders")],
    ["the tenant's column", sql.unsafe("SELECT tenant_id FROM shop.orders")],
    ["every column", sql.unsafe("SELECT * FROM shop.orders")],
    ["another declared table", sql.unsafe("SELECT id FROM shop.notes")],
    ["a table that is not declared", sql.unsafe("SELECT * FROM shop.accounts")],
    ["who else has a role", sql.unsafe("SELECT * FROM watchword_access.leased")],
    ["passwords", sql.unsafe("SELECT rolpassword FROM pg_authid")],
    ["files", sql.unsafe("COPY shop.orders (id) FROM PROGRAM 'true'")],
    ["a function of its own", sql.unsafe("CREATE FUNCTION shop.f() RETURNS int LANGUAGE sql AS 'SELECT 1'")],
    ["a temporary table", sql.unsafe("CREATE TEMP TABLE t (i int)")],
    ["a policy", sql.unsafe("CREATE POLICY p ON shop.orders USING (true)")],
    ["another role", sql.unsafe("CREATE ROLE more LOGIN")],
    ["being the admin", sql.unsafe(`SET ROLE ${desk.place.options.admin}`)],
    ["a longer life", sql.unsafe("ALTER ROLE CURRENT_USER VALID UNTIL 'infinity'")],
  ];

  test("writes nothing and reads nothing else, also after it has turned off what a session begins with", async () => {
    const sql = asTool(await mint("rows.select", READ));
    await sql.unsafe("SET default_transaction_read_only = off; SET statement_timeout = 0");
    const found = [];
    for (const [name, attempt] of writes(sql)) found.push([name, await codeOf(attempt)]);
    expect(found.filter(([, code]) => code !== DENIED)).toEqual([]);
    expect(await desk.place.root`SELECT count(*)::int AS n FROM shop.orders WHERE status = 'x'`).toEqual([
      { n: 0 },
    ]);
  });

  test("sees no more with row security off, under another role's name, or by a statement within a statement", async () => {
    const sql = asTool(await mint("rows.select", READ));
    expect(
      await codeOf(sql.begin((tx) => tx.unsafe("SET LOCAL row_security = off; SELECT id FROM orders"))),
    ).toBe(DENIED);
    expect(await codeOf(sql.unsafe(`SET SESSION AUTHORIZATION ${serverUrl().username}`))).toBe(DENIED);
    expect(await sql.unsafe("SELECT set_config('watchword.tenant', 'globex', false)")).toHaveLength(1);
    const both = await sql
      .unsafe("BEGIN READ ONLY; COMMIT; SELECT id FROM orders WHERE tenant_id = 'globex' OR true")
      .catch(({ code }: { code: string }) => code);
    expect(both).toBe(DENIED);
    expect(await sql.unsafe("SELECT id FROM orders WHERE true ORDER BY id")).toEqual([
      { id: "o_1" },
      { id: "o_2" },
    ]);
  });
});

describe("a role for writing", () => {
  test("changes the decided columns of the tenant's rows, and gives none of them to another tenant", async () => {
    const sql = asTool(await mint("rows.update", { columns: "status" }));
    expect((await sql.unsafe("UPDATE orders SET status = 'seen'")).count).toBe(2);
    expect(await codeOf(sql.unsafe("UPDATE orders SET cents = 0"))).toBe(DENIED);
    expect(await codeOf(sql.unsafe("SELECT status FROM orders"))).toBe(DENIED);
    expect(await codeOf(sql.unsafe("INSERT INTO orders (id) VALUES ('o_9')"))).toBe(DENIED);
    expect(await codeOf(sql.unsafe("DELETE FROM orders"))).toBe(DENIED);
    expect(await desk.place.root`SELECT status FROM shop.orders WHERE tenant_id = 'globex'`).toEqual([
      { status: "open" },
    ]);
    await desk.place.root`UPDATE shop.orders SET status = 'open' WHERE id = 'o_1'`;
  });

  test("for one row changes that row alone", async () => {
    const sql = asTool(await mint("row.update", { columns: "cents", key: "o_1" }));
    expect((await sql.unsafe("UPDATE orders SET cents = 101")).count).toBe(1);
    expect((await sql.unsafe("UPDATE orders SET cents = 0 WHERE id = 'o_2'")).count).toBe(0);
    expect((await sql.unsafe("UPDATE orders SET cents = 0 WHERE id = 'x_1'")).count).toBe(0);
  });

  test("adds rows of the tenant's, which are nobody else's, and cannot read them", async () => {
    const sql = asTool(await mint("rows.insert", { columns: "id,status" }));
    expect((await sql.unsafe("INSERT INTO orders (id, status) VALUES ('o_7', 'new')")).count).toBe(1);
    expect(await codeOf(sql.unsafe("INSERT INTO orders (id, tenant_id) VALUES ('o_8', 'globex')"))).toBe(
      DENIED,
    );
    expect(await codeOf(sql.unsafe("INSERT INTO orders (id) VALUES ('o_8') RETURNING id"))).toBe(DENIED);
    expect(
      await desk.place.root`DELETE FROM shop.orders WHERE id IN ('o_7', 'o_8') RETURNING id, tenant_id`,
    ).toEqual([{ id: "o_7", tenant_id: "acme" }]);
  });

  test("deletes the tenant's rows where the declaration lets it", async () => {
    await desk.place.root`INSERT INTO shop.orders (id, tenant_id) VALUES ('o_6', 'acme'), ('x_6', 'globex')`;
    const sql = asTool(await mint("row.delete", { key: "o_6" }));
    expect((await sql.unsafe("DELETE FROM orders")).count).toBe(1);
    expect(await desk.place.root`DELETE FROM shop.orders WHERE id = 'x_6' RETURNING id`).toHaveLength(1);
  });

  test.for([
    [
      "columns that nobody declared to be writable",
      "rows.update",
      { columns: "tenant_id" },
      "argument:columns",
    ],
    ["columns that nobody declared to be readable", "rows.select", { columns: "secret" }, "argument:columns"],
    [
      "a table that nobody declared",
      "rows.select",
      { table: "shop.accounts", columns: "iban" },
      "argument:table",
    ],
    ["a table whose rows stay", "rows.delete", { table: "shop.notes" }, "argument:table"],
    [
      "a name that only looks like a table",
      "rows.select",
      { table: 'shop.orders"', columns: "id" },
      "action",
    ],
    ["a column that is none", "rows.select", { columns: 'id") ON shop.accounts TO PUBLIC --' }, "action"],
    ["a column twice", "rows.select", { columns: "id,id" }, "action"],
    ["columns in another order", "rows.select", { columns: "status,id" }, "action"],
    ["one row without its key", "row.select", { columns: "id" }, "action"],
    ["every row with a key", "rows.select", { columns: "id", key: "o_1" }, "action"],
    ["an object's own member", "rows.select", { table: "constructor.x", columns: "id" }, "argument:table"],
  ] as const)("%s is refused before there is a role", ([, operation, values, failedFact]) => {
    expect(() => authorityFor(operation, values)).toThrow(
      expect.objectContaining({ reason: "request_malformed", failedFact }),
    );
  });
});

describe("the end of a role", () => {
  test("cuts its sessions, ends its login, and takes what it had and made along", async () => {
    const minted = await mint("rows.select", READ);
    const sql = asTool(minted);
    await sql.unsafe("SET default_transaction_read_only = off");
    expect(await sql.unsafe("SELECT lo_create(0) AS oid")).toHaveLength(1);
    await sql.unsafe("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC");
    const sleeping = codeOf(sql.unsafe("SELECT pg_sleep(60)"));
    expect(await postgres(desk.place.options).revoke(minted.credential, context())).toBe("revoked");
    expect(["57P01", "CONNECTION_CLOSED"]).toContain(await sleeping);
    expect(await codeOf(asTool(minted)`SELECT 1`)).toBe("28P01");
    expect(await rolesThere(roleIn(minted))).toEqual([]);
    expect(await desk.place.root`SELECT * FROM pg_largeobject_metadata`).toEqual([]);
  });

  test("is one that cannot be logged in to, also when what it owns elsewhere keeps it from being dropped", async () => {
    const minted = await mint("rows.select", READ);
    const elsewhere = minted.credential.open((url) => {
      const other = new URL(url);
      other.pathname = "/postgres";
      return new SealedCredential(other.href);
    });
    const there = asTool({ credential: elsewhere });
    await there.unsafe("SET default_transaction_read_only = off");
    await there.unsafe("SELECT lo_create(0)");
    await desk.closeTools();
    const adapter = postgres(desk.place.options);
    expect(await adapter.revoke(minted.credential, context())).toBe("revoked");
    expect(await codeOf(asTool(minted)`SELECT 1`)).toMatch(/^28/);
    expect(await desk.place.root`SELECT rolcanlogin FROM pg_roles WHERE rolname = ${roleIn(minted)}`).toEqual(
      [{ rolcanlogin: false }],
    );
    const away = rootOf("postgres");
    await away.unsafe(`DROP OWNED BY ${roleIn(minted)}`);
    await away.end();
    expect(await adapter.revoke(minted.credential, context())).toBe("revoked");
    expect(await rolesThere(roleIn(minted))).toEqual([]);
  });

  test("comes by itself to open sessions as well: after its time it is shown no row, though nobody revoked it", async () => {
    const minted = await mint("rows.select", READ);
    const sql = asTool(minted);
    expect(await sql`SELECT id FROM orders`).toHaveLength(2);
    // The server's clock passes the end: not even the session's own transaction goes on.
    await sql.begin(async (tx) => {
      expect(await tx`SELECT id FROM orders`).toHaveLength(2);
      await desk.place
        .root`UPDATE watchword_access.leased SET ends_at = clock_timestamp() WHERE role = ${roleIn(minted)}`;
      expect(await tx`SELECT id FROM orders`).toEqual([]);
    });
    expect(await postgres(desk.place.options).revoke(minted.credential, context())).toBe("revoked");
  });

  test("of a role that is not one of ours never comes, whatever a credential says", async () => {
    const { root, options } = desk.place;
    const stranger = `stranger_to_${options.admin}`;
    // One that the admin could end.
    await root.unsafe(
      `CREATE ROLE ${stranger} LOGIN; GRANT ${stranger} TO ${options.admin} WITH ADMIN OPTION`,
    );
    const forged = new SealedCredential(`postgresql://${stranger}:x@127.0.0.1/${options.database}`);
    expect(await postgres(options).revoke(forged, context())).toBe("unknown");
    expect(await root`SELECT rolcanlogin FROM pg_roles WHERE rolname = ${stranger}`).toEqual([
      { rolcanlogin: true },
    ]);
    await root.unsafe(`DROP ROLE ${stranger}`);
  });
});
