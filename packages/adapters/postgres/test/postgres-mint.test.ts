import { SealedCredential, systemClock } from "@watchword/core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { postgres, setupSql } from "../src/index.ts";
import { type PostgresDesk, READ, codeOf, postgresDesk, roleIn } from "./postgres-desk.ts";
import { withPort } from "./postgres-fixture.ts";
import { CANARY, TABLES, wire } from "./postgres-place.ts";

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

describe("a mint", () => {
  test("says the password to nobody but the tool: neither on the wire, nor in what the server keeps", async () => {
    await using way = await wire();
    const { credential } = await postgres({ ...desk.place.options, port: way.port }).mint(
      authorityFor("rows.select", READ),
      context(),
    );
    const { password, username } = credential.open((url) => new URL(url));
    expect(password).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(way.said()).toContain(`CREATE ROLE "${username}"`);
    expect(way.said()).not.toContain(password);
    const [{ kept } = {}] = await desk.place.root<{ kept: string }[]>`
      SELECT rolpassword AS kept FROM pg_authid WHERE rolname = ${username}`;
    expect(kept).toMatch(/^SCRAM-SHA-256\$4096:/);
    const there = credential.open((url) => new SealedCredential(withPort(url, desk.place.options.port ?? 0)));
    expect(await asTool({ credential: there })`SELECT id FROM orders`).toHaveLength(2);
  });

  test("that is cut off before its end leaves nothing, and one whose answer is lost leaves what the next one sweeps", async () => {
    const before = await rolesThere();
    for (const [cut, left] of [
      ["INSERT INTO watchword_access.leased", 0],
      ["COMMIT\u0000", 1],
    ] as const) {
      await using way = await wire();
      way.cutAfter(cut);
      const lost = postgres({ ...desk.place.options, port: way.port }).mint(
        authorityFor("rows.select", READ),
        context(),
      );
      await expect(lost).rejects.toMatchObject({ reason: "downstream_unavailable" });
      // The server carries out what it got, in its own time.
      await expect.poll(async () => (await rolesThere()).length - before.length).toBe(left);
    }
    const [orphan] = (await rolesThere()).filter((name) => !before.includes(name));
    await desk.place
      .root`UPDATE watchword_access.leased SET ends_at = now() - interval '2 minutes' WHERE role = ${orphan ?? ""}`;
    await Promise.all([mint("rows.select", READ), mint("rows.select", READ)]);
    expect(await rolesThere(orphan)).toEqual([]);
  });

  test("sweeps no role that is not named as ours, whatever stands in the table", async () => {
    const { root, options } = desk.place;
    const stranger = `stranger_of_${options.admin}`;
    await root.unsafe(
      `CREATE ROLE ${stranger} LOGIN; GRANT ${stranger} TO ${options.admin} WITH ADMIN OPTION`,
    );
    await root`INSERT INTO watchword_access.leased VALUES (${stranger}, 'acme', NULL, now() - interval '1 day')`;
    await mint("rows.select", READ);
    expect(await root`SELECT rolcanlogin FROM pg_roles WHERE rolname = ${stranger}`).toEqual([
      { rolcanlogin: true },
    ]);
    await root`DELETE FROM watchword_access.leased WHERE role = ${stranger}`;
    await root.unsafe(`DROP ROLE ${stranger}`);
  });

  test("is one of many at once, each with a role of its own", async () => {
    const minted = await Promise.all(
      Array.from({ length: 8 }, (_, index) => mint("rows.select", READ, index % 2 === 0 ? "acme" : "globex")),
    );
    expect(new Set(minted.map(roleIn)).size).toBe(8);
    const ended = await Promise.all(
      minted.map(({ credential }, index) =>
        postgres(desk.place.options).revoke(credential, context(index % 2 === 0 ? "acme" : "globex")),
      ),
    );
    expect(new Set(ended)).toEqual(new Set(["revoked"]));
  });

  test.for<[string, string, string, string]>([
    [
      "PUBLIC may read a table",
      "GRANT SELECT ON shop.accounts TO PUBLIC",
      "REVOKE SELECT ON shop.accounts FROM PUBLIC",
      "credential_wider",
    ],
    [
      "PUBLIC may read another column",
      "GRANT SELECT (secret) ON shop.orders TO PUBLIC",
      "REVOKE SELECT (secret) ON shop.orders FROM PUBLIC",
      "credential_wider",
    ],
    [
      "PUBLIC may make tables",
      "GRANT CREATE ON SCHEMA shop TO PUBLIC",
      "REVOKE CREATE ON SCHEMA shop FROM PUBLIC",
      "credential_wider",
    ],
    [
      "a function acts as somebody else",
      "CREATE FUNCTION shop.wide() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'UPDATE shop.orders SET cents = 0; SELECT 1'",
      "DROP FUNCTION shop.wide()",
      "credential_wider",
    ],
    [
      "a function that PostgreSQL keeps from PUBLIC is given to it",
      "GRANT EXECUTE ON FUNCTION pg_read_file(text) TO PUBLIC",
      "REVOKE EXECUTE ON FUNCTION pg_read_file(text) FROM PUBLIC",
      "credential_wider",
    ],
    [
      "row level security is off",
      "ALTER TABLE shop.orders DISABLE ROW LEVEL SECURITY",
      "ALTER TABLE shop.orders ENABLE ROW LEVEL SECURITY",
      "downstream_refused",
    ],
    [
      "row level security is not forced",
      "ALTER TABLE shop.orders NO FORCE ROW LEVEL SECURITY",
      "ALTER TABLE shop.orders FORCE ROW LEVEL SECURITY",
      "downstream_refused",
    ],
    [
      "one more policy shows every row",
      "CREATE POLICY wide ON shop.orders USING (true)",
      "DROP POLICY wide ON shop.orders",
      "downstream_refused",
    ],
    [
      "one more policy shows every row to readers",
      "CREATE POLICY wide ON shop.orders FOR SELECT USING (tenant_id <> '')",
      "DROP POLICY wide ON shop.orders",
      "downstream_refused",
    ],
    [
      "the tenant's policy says something else",
      "ALTER POLICY watchword_tenant ON shop.orders USING (tenant_id = (SELECT watchword_access.tenant()) OR status = 'open')",
      "ALTER POLICY watchword_tenant ON shop.orders USING (tenant_id = (SELECT watchword_access.tenant()))",
      "downstream_refused",
    ],
    [
      "the tenant's policy lets rows be written to others",
      "ALTER POLICY watchword_tenant ON shop.orders WITH CHECK (true)",
      "DROP POLICY watchword_tenant ON shop.orders; CREATE POLICY watchword_tenant ON shop.orders USING (tenant_id = (SELECT watchword_access.tenant()))",
      "downstream_refused",
    ],
    [
      "the admin may no longer give what was declared",
      "REVOKE SELECT (id, status) ON shop.orders FROM ADMIN CASCADE",
      "GRANT SELECT (id, status) ON shop.orders TO ADMIN WITH GRANT OPTION",
      "downstream_refused",
    ],
  ])("is refused while %s, and leaves no role behind", async ([, wrong, right, reason]) => {
    const before = await rolesThere();
    const named = (sql: string): string => sql.replace("ADMIN", desk.place.options.admin ?? "");
    await desk.place.root.unsafe(named(wrong));
    try {
      const refused = mint("rows.select", READ);
      await expect(refused).rejects.toMatchObject({ reason });
      await expect(refused).rejects.not.toThrow(CANARY);
      const findings = await postgres(desk.place.options).selfCheck(context());
      expect(findings.filter(({ severity }) => severity === "error")).not.toEqual([]);
    } finally {
      await desk.place.root.unsafe(named(right));
    }
    expect(await rolesThere()).toEqual(before);
  });

  test("gives a role no longer than its lease, and none for one that is over", async () => {
    const now = Math.floor(systemClock.now() / 1_000);
    const until = async (leaseEndsAt: number): Promise<number | null> =>
      (await mint("rows.select", READ, "acme", { minting: { decisionId: "dec_1", leaseEndsAt } }))
        .nativeExpiresAt;
    expect(await until(now + 30)).toBe(now + 30);
    await expect(until(now)).rejects.toMatchObject({ reason: "downstream_refused" });
    expect(Number(await until(now + 86_400))).toBeLessThanOrEqual(now + 310);
  });

  test("lets a role have so many connections as are declared", async () => {
    const minted = await mint("rows.select", READ);
    await asTool(minted)`SELECT 1`;
    expect(await codeOf(asTool(minted)`SELECT 1`)).toBe("53300");
  });

  test("is the same in every table's own types", async () => {
    await desk.place.root.unsafe(`
      CREATE TABLE shop.typed (id bigint PRIMARY KEY, org uuid NOT NULL, "user" text);
      INSERT INTO shop.typed VALUES (1, '${"a".repeat(8)}-0000-4000-8000-000000000000', 'ours'), (2, '${"b".repeat(8)}-0000-4000-8000-000000000000', 'theirs')`);
    const tables = {
      "shop.typed": { key: "id", tenant: "org", tenantType: "uuid", readable: ["user"] },
      "shop.notes": TABLES["shop.notes"],
    } as const;
    // Again and again: it is run after every change of the declaration.
    for (const _ of [1, 2]) await desk.place.root.unsafe(setupSql({ ...desk.place.options, tables }));
    const adapter = postgres({ ...desk.place.options, tables });
    const account = `${"a".repeat(8)}-0000-4000-8000-000000000000`;
    const action = (table: string, columns: string, tenant: string) =>
      ({
        system: "db",
        operation: "rows.select",
        resource: { tenant },
        arguments: { table, columns },
      }) as const;
    const own = adapter.plan(action("shop.typed", "user", account));
    const typed = await adapter.mint(own, context(account));
    expect(await asTool(typed).unsafe('SELECT "user" FROM typed')).toEqual([{ user: "ours" }]);
    const notes = await adapter.mint(adapter.plan(action("shop.notes", "text", "acme")), context("acme"));
    expect(await asTool(notes).unsafe("SELECT text FROM notes")).toEqual([{ text: "ours" }]);
    const wrong = await adapter.selfCheck(context("acme"));
    expect(wrong).toContainEqual({
      severity: "error",
      text: "shop.typed: the connection's account is no uuid",
    });
    await desk.place.root.unsafe("DROP TABLE shop.typed");
  });
});
