import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgres } from "../src/index.ts";
import { type PostgresDesk, postgresDesk } from "./postgres-desk.ts";
import { wire } from "./postgres-place.ts";

let desk: PostgresDesk;
beforeAll(async () => {
  desk = await postgresDesk();
});
afterAll(() => desk[Symbol.asyncDispose]());

const check = (changes = {}) => postgres({ ...desk.place.options, ...changes }).selfCheck(desk.context());

describe("the self-check of a connection", () => {
  test("finds nothing but what is right, where setupSql was run", async () => {
    const found = await check();
    expect(found.filter(({ severity }) => severity === "error")).toEqual([]);
    expect(found.filter(({ severity }) => severity === "ok").map(({ text }) => text)).toEqual([
      expect.stringMatching(/makes roles, and is no superuser/),
      "PUBLIC has no table, and no function that acts as somebody else",
      "shop.orders shows a role the rows of its tenant alone",
      "shop.notes shows a role the rows of its tenant alone",
      "2 of the declared tables have rows of the account",
      "the server asks for the right password",
    ]);
    // The catalog of the whole server is everybody's: PUBLIC may connect to its other databases.
    expect(found.filter(({ severity }) => severity === "warning").length).toBeGreaterThan(0);
  });

  test.for<[string, string, string, RegExp, "error" | "warning"]>([
    [
      "the admin is a superuser",
      "ALTER ROLE ADMIN SUPERUSER",
      "ALTER ROLE ADMIN NOSUPERUSER",
      /is a superuser$/,
      "error",
    ],
    [
      "the admin bypasses row level security",
      "ALTER ROLE ADMIN BYPASSRLS",
      "ALTER ROLE ADMIN NOBYPASSRLS",
      /bypasses row level security/,
      "error",
    ],
    [
      "the admin may not make roles",
      "ALTER ROLE ADMIN NOCREATEROLE",
      "ALTER ROLE ADMIN CREATEROLE",
      /may not make roles/,
      "error",
    ],
    [
      "the admin reads every table",
      "GRANT pg_read_all_data TO ADMIN",
      "REVOKE pg_read_all_data FROM ADMIN",
      /is a member of pg_read_all_data/,
      "error",
    ],
    [
      "the admin lacks what was declared",
      "REVOKE UPDATE (cents) ON shop.orders FROM ADMIN CASCADE",
      "GRANT UPDATE (cents) ON shop.orders TO ADMIN WITH GRANT OPTION",
      /lacks: UPDATE shop\.orders\.cents and grant/,
      "error",
    ],
    [
      "the admin holds more than was declared",
      "GRANT SELECT ON shop.accounts TO ADMIN",
      "REVOKE SELECT ON shop.accounts FROM ADMIN",
      /holds more than is declared: SELECT shop\.accounts/,
      "warning",
    ],
    [
      "everybody may make temporary tables",
      "GRANT TEMPORARY ON DATABASE DB TO PUBLIC",
      "REVOKE TEMPORARY ON DATABASE DB FROM PUBLIC",
      /temporary tables/,
      "warning",
    ],
    [
      "the tenant is whatever a session says",
      "CREATE OR REPLACE FUNCTION watchword_access.tenant() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$SELECT current_setting('app.tenant', true)$$",
      "CREATE OR REPLACE FUNCTION watchword_access.tenant() RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$SELECT l.tenant FROM watchword_access.leased l WHERE l.role = session_user AND l.ends_at > clock_timestamp()$$",
      /functions of watchword_access are not those/,
      "error",
    ],
  ])("says that %s", async ([, wrong, right, says, severity]) => {
    const { root, options } = desk.place;
    const named = (sql: string): string =>
      sql.replace("ADMIN", options.admin ?? "").replace("DATABASE DB", `DATABASE ${options.database}`);
    await root.unsafe(named(wrong));
    try {
      expect(await check()).toContainEqual({ severity, text: expect.stringMatching(says) });
    } finally {
      await root.unsafe(named(right));
    }
  });

  test("says that the server lets everybody in", async () => {
    await using way = await wire();
    way.trust();
    const found = await check({ host: "127.0.0.1", port: way.port });
    expect(found).toContainEqual({
      severity: "error",
      text: expect.stringMatching(/lets maker_\w+ in with any password/),
    });
  });

  test("takes an account without a row for a wrong spelling, unless it is told otherwise", async () => {
    const errors = async (changes: object) => {
      const found = await postgres({ ...desk.place.options, ...changes }).selfCheck(desk.context("ACME"));
      return found.filter(({ severity }) => severity === "error").map(({ text }) => text);
    };
    expect(await errors({})).toEqual([expect.stringContaining("no declared table has a row of the account")]);
    expect(await errors({ acceptEmptyTenants: true })).toEqual([]);
  });

  test("leaves nothing behind, also as one of many", async () => {
    const all = await Promise.all(Array.from({ length: 4 }, () => check()));
    expect(all.flat().filter(({ severity }) => severity === "error")).toEqual([]);
    expect(await desk.place.root`SELECT * FROM watchword_access.leased`).toEqual([]);
  });
});
