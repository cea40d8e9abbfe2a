import { randomBytes } from "node:crypto";
import { Refusal, SealedCredential } from "@watchword/core";
import connect, { type Sql, type TransactionSql } from "postgres";
import { MIGRATIONS } from "./migrations.ts";

/** For whom {@link migratePostgres} prepares the database. */
export interface MigrationOptions {
  /** The role of the store. It exists, and is another one than the one that migrates. */
  readonly role: string;
}

/** What {@link migratePostgres} found and left. */
export interface Migrated {
  /** 0 for an empty database. */
  readonly from: number;
  readonly to: number;
}

/**
 * Tables that the store's role may only add to; what it may change, too. Of personal values beside the chain it may erase whole
 * rows, since an operator's erasing and its record are one transaction; it can change none, and the chain keeps each one's
 * commitment.
 */
const APPEND_ONLY = [
  "ledger",
  "ledger_personal",
  "checkpoint",
  "lease_use",
  "policy",
  "policy_activation",
  "tenant",
  "descent",
  "evidence",
  "decision_object",
];
const CHANGING = [
  "epoch",
  "used_token",
  "run",
  "frozen",
  "approval",
  "intent",
  "effect",
  "budget",
  "budget_claim",
  "quota",
  "also_account",
  "lease",
];
const REPLACING = ["connection", "ledger_head"];

/**
 * Brings a database to this version's schema, under the role of `url`, which owns it from then on; and lets `role` do what a
 * store does: no change of the schema, none of what is recorded. It may be run again at any time; two at once wait for each
 * other.
 *
 * @throws Refusal `configuration_invalid` when a newer version migrated it, when `role` is not there or could do more, or when
 *   the database refuses
 *
 * @example
 * ```ts
 * await migratePostgres(new SealedCredential(ownerUrl), { role: "watchword_store" });
 * ```
 */
export async function migratePostgres(
  url: string | SealedCredential,
  { role }: MigrationOptions,
): Promise<Migrated> {
  const sealed = typeof url === "string" ? new SealedCredential(url) : url;
  let sql: Sql | undefined;
  try {
    sql = sealed.open((text) =>
      connect(text, { max: 1, connect_timeout: 5, fetch_types: false, onnotice: () => undefined }),
    );
    return await sql.begin((transaction) => migrate(transaction, role));
  } catch (error) {
    throw Refusal.is(error) ? error : invalid(`the database refused (${codeOf(error)})`);
  } finally {
    await sql?.end({ timeout: 1 });
  }
}

async function migrate(sql: TransactionSql, role: string): Promise<Migrated> {
  await sql`SELECT pg_advisory_xact_lock(hashtextextended('watchword migration', 0))`;
  await checkRole(sql, role);
  const from = await versionOf(sql);
  if (from > MIGRATIONS.length) throw invalid("it was migrated by a newer version of Watchword");
  if (from === 0) await sql.unsafe("CREATE SCHEMA watchword");
  await sql.unsafe("SET LOCAL search_path = watchword, pg_temp");
  for (const migration of MIGRATIONS.slice(from)) await sql.unsafe(migration);
  if (from === 0) await sql`INSERT INTO meta VALUES ('generation', ${randomBytes(16).toString("base64url")})`;
  await sql`
    INSERT INTO meta VALUES ('schema_version', ${String(MIGRATIONS.length)})
    ON CONFLICT (key) DO UPDATE SET value = excluded.value`;
  await sql.unsafe(grants(quoted(role)));
  return { from, to: MIGRATIONS.length };
}

/** INVARIANT: the store's role owns nothing and passes no check by being mighty. */
async function checkRole(sql: TransactionSql, role: string): Promise<void> {
  const [found] = await sql<
    { mighty: boolean }[]
  >`SELECT rolsuper OR pg_has_role(oid, current_user::regrole, 'MEMBER') AS mighty FROM pg_roles WHERE rolname = ${role}`;
  if (found === undefined)
    throw invalid(`there is no role ${JSON.stringify(role)}; create it: CREATE ROLE … LOGIN PASSWORD …`);
  if (found.mighty)
    throw invalid("the store's role must not be a superuser, nor the role that migrates, nor a member of it");
}

async function versionOf(sql: TransactionSql): Promise<number> {
  const [there] = await sql<{ there: boolean }[]>`SELECT to_regclass('watchword.meta') IS NOT NULL AS there`;
  if (there?.there !== true) return 0;
  const [row] = await sql<{ value: string }[]>`SELECT value FROM watchword.meta WHERE key = 'schema_version'`;
  return Number(row?.value ?? 0);
}

function grants(role: string): string {
  return `
    REVOKE ALL ON SCHEMA watchword FROM PUBLIC, ${role};
    REVOKE ALL ON ALL TABLES IN SCHEMA watchword FROM PUBLIC, ${role};
    REVOKE ALL ON ALL FUNCTIONS IN SCHEMA watchword FROM PUBLIC, ${role};
    GRANT USAGE ON SCHEMA watchword TO ${role};
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA watchword TO ${role};
    GRANT SELECT ON ALL TABLES IN SCHEMA watchword TO ${role};
    GRANT INSERT ON ${APPEND_ONLY.join(", ")} TO ${role};
    GRANT UPDATE (effect) ON lease_use TO ${role};
    GRANT DELETE ON ledger_personal TO ${role};
    GRANT INSERT, UPDATE, DELETE ON ${CHANGING.join(", ")} TO ${role};
    GRANT INSERT, UPDATE ON ${REPLACING.join(", ")} TO ${role};`;
}

function quoted(role: string): string {
  return `"${role.replaceAll('"', '""')}"`;
}

function invalid(why: string): Refusal {
  return new Refusal("configuration_invalid", { detail: `the database cannot be migrated: ${why}` });
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[A-Z0-9_]{2,32}$/.test(code) ? code : "unknown";
}
