import type { ReleasedFixture } from "@watchword/conformance";
import { type Authority, SealedCredential } from "@watchword/core";
import connect from "postgres";
import { postgres } from "../src/index.ts";
import { type PostgresPlace, wire } from "./postgres-place.ts";

/** The adapter in front of the run's server, by a wire that can fail; tools go to the server itself. */
export async function postgresFixture(place: PostgresPlace): Promise<ReleasedFixture> {
  const twin = await wire();
  const adapter = postgres({ ...place.options, host: "127.0.0.1", port: twin.port });
  const { port = 0 } = place.options;
  await place.root.unsafe(
    `INSERT INTO shop.orders (id, tenant_id, status) VALUES ('o_1', 'acme', 'open') ON CONFLICT DO NOTHING`,
  );
  return {
    adapter,
    twin,
    system: "db",
    own: place.connection("acme"),
    other: place.connection("globex"),
    unauthenticated: place.connection("acme", "test_another_password_0000"),
    unpermitted: place.connection("acme", "test_another_password_1111"),
    foreign: {},
    missing: {},
    passedHeaders: [],
    accountBySecret: true,
    credentials: {
      unauthenticated: new SealedCredential(roleUrl(place, "0".repeat(32))),
      unpermitted: new SealedCredential(roleUrl(place, "1".repeat(32))),
    },
    use: (authority, credential) => tryStatement(authority, credential, port),
    [Symbol.asyncDispose]: () => twin[Symbol.asyncDispose](),
  };
}

function roleUrl({ options }: PostgresPlace, id: string): string {
  return `postgresql://${options.rolePrefix}${id}:none@127.0.0.1:${options.port}/${options.database}`;
}

/** What a tool would send for the catalogue's examples. */
const STATEMENTS: Readonly<Record<string, string>> = {
  select: "SELECT id, status FROM shop.orders",
  insert: "INSERT INTO shop.orders (id, status) VALUES (gen_random_uuid()::text, 'new')",
  update: "UPDATE shop.orders SET status = 'changed' WHERE id = 'o_1'",
  delete: "DELETE FROM shop.orders WHERE id = 'o_1'",
};

async function tryStatement(
  { operation }: Authority,
  credential: SealedCredential,
  port: number,
): Promise<boolean> {
  const sql = credential.open((url) => connect(withPort(url, port), { max: 1, onnotice: () => undefined }));
  try {
    await sql.unsafe("SET default_transaction_read_only = off");
    await sql.unsafe(STATEMENTS[operation.slice(operation.indexOf(".") + 1)] ?? "");
    return true;
  } catch {
    return false;
  } finally {
    await sql.end({ timeout: 0 });
  }
}

/** A credential names the adapter's own way to the server. */
export function withPort(url: string, port: number): string {
  const to = new URL(url);
  to.port = String(port);
  return to.href;
}
