import { SealedCredential } from "@watchword/core";
import { describe, expect, test } from "vitest";
import { type PostgresOptions, postgres, setupSql } from "../src/index.ts";
import { PostgresOptions as Schema } from "../src/postgres-options.ts";
import { scramVerifier } from "../src/scram-verifier.ts";

const OPTIONS = {
  host: "db.internal",
  database: "shop",
  tables: { "shop.orders": { key: "id", tenant: "tenant_id", readable: ["id"] } },
} satisfies PostgresOptions;

describe("options", () => {
  test.for<[string, object]>([
    ["a host with a port", { host: "db.internal:5432" }],
    ["a host that is a URL", { host: "postgres://db" }],
    ["a socket", { host: "/tmp" }],
    ["no table", { tables: {} }],
    ["a table without a schema", { tables: { orders: { key: "id", tenant: "t" } } }],
    ["a table with a quote", { tables: { 'shop."orders': { key: "id", tenant: "t" } } }],
    ["a column with a quote", { tables: { "shop.orders": { key: 'id"', tenant: "t" } } }],
    ["a capital", { tables: { "shop.Orders": { key: "id", tenant: "t" } } }],
    ["a database that ends its quotes", { database: 'shop"; DROP' }],
    ["an admin that is SQL", { admin: "a; DROP" }],
    ["a prefix that any role has", { rolePrefix: "" }],
    ["a life without an end", { lifeSeconds: 86_400 }],
    ["a setting that nobody knows", { ssl: false }],
    [
      "a tenant's column of a type with no text",
      { tables: { "s.t": { key: "i", tenant: "t", tenantType: "json" } } },
    ],
  ])("with %s are refused", ([, changes]) => {
    expect(() => postgres({ ...OPTIONS, ...changes })).toThrow(expect.objectContaining({ name: "ZodError" }));
    expect(() => setupSql({ ...OPTIONS, ...changes })).toThrow(expect.objectContaining({ name: "ZodError" }));
  });

  test("ask for TLS on every host but this machine, where certificates turn it on", () => {
    const ca = "-----BEGIN CERTIFICATE-----";
    const tls = (changes: object) => Schema.parse({ ...OPTIONS, ...changes }).tls;
    expect(
      ["db.internal", "10.0.0.1", "localhost.evil.example", "128.0.0.1"].map((host) => tls({ host })),
    ).toEqual([true, true, true, true]);
    expect(["localhost", "127.0.0.1"].map((host) => tls({ host }))).toEqual([false, false]);
    expect(tls({ host: "localhost", ca })).toBe(true);
  });

  test("a password is of development on this machine alone, and only if it says so", () => {
    const live = (host: string, secret: string): boolean =>
      postgres({ ...OPTIONS, host }).isLiveSecret(new SealedCredential(secret));
    expect([live("localhost", "test_1"), live("localhost", "secret"), live("db.internal", "test_1")]).toEqual(
      [false, true, true],
    );
  });
});

test("what a server keeps of a password is what RFC 7677 says", async () => {
  // The salt and password of its example; the keys as PostgreSQL makes them of these.
  expect(await scramVerifier("pencil", Buffer.from("W22ZaJ0SNY7soEsUEjb6gQ==", "base64"))).toBe(
    "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=",
  );
  expect(await scramVerifier("pencil")).not.toBe(await scramVerifier("pencil"));
});

test("the SQL gives the admin what is declared, with nothing of another table or verb", () => {
  const sql = setupSql(OPTIONS);
  expect(sql).toContain(`GRANT SELECT ("id") ON "shop"."orders" TO "watchword" WITH GRANT OPTION;`);
  expect(sql).not.toMatch(/GRANT [^;]*(?:INSERT|UPDATE|DELETE)[^;]*"shop"/);
  expect(sql).not.toMatch(/PASSWORD|SUPERUSER|BYPASSRLS/);
});

test("nothing is looked up, whoever asks: rows are the server's to hold apart", async () => {
  const action = { v: 1, txn: "t".repeat(22), system: "db", operation: "rows.select", resource: {} } as const;
  const adapter = postgres(OPTIONS);
  const asked = adapter.resolve(
    { ...action, arguments: { table: "shop.orders", columns: "id" } },
    {} as Parameters<typeof adapter.resolve>[1],
  );
  expect(await asked).toEqual({ owners: {}, values: {} });
});
