import type { RevocationOutcome } from "@watchword/core";
import type { Admin } from "./as-admin.ts";
import { DatabaseFailure } from "./database-failure.ts";
import { quoted } from "./names.ts";
import { ACCESS_SCHEMA } from "./row-security.ts";

/** Milliseconds that a session's end is waited for. */
const TERMINATE_MILLISECONDS = 2_000;
const UNDEFINED_ROLE = "42704";

const TERMINATE = `SELECT coalesce(bool_and(pg_terminate_backend(pid, ${TERMINATE_MILLISECONDS})), true) AS ended
  FROM pg_stat_activity WHERE usesysid = $1::oid`;

/** What the role was given, as REVOKE takes it back. Names are quoted by the server. */
const GIVEN = `
SELECT format('REVOKE %s ON %I.%I FROM %I', string_agg(a.privilege_type, ', '), n.nspname, c.relname, $2::text) AS statement
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
  WHERE a.grantee = $1::oid GROUP BY n.nspname, c.relname
UNION ALL
SELECT format('REVOKE %s ON %I.%I FROM %I', string_agg(format('%s (%I)', a.privilege_type, t.attname), ', '),
    n.nspname, c.relname, $2::text)
  FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
    aclexplode(t.attacl) a
  WHERE t.attacl IS NOT NULL AND a.grantee = $1::oid GROUP BY n.nspname, c.relname
UNION ALL
SELECT format('REVOKE ALL ON SCHEMA %I FROM %I', n.nspname, $2::text) FROM pg_namespace n
  WHERE EXISTS (SELECT FROM aclexplode(n.nspacl) a WHERE a.grantee = $1::oid)
UNION ALL
SELECT format('REVOKE ALL ON DATABASE %I FROM %I', d.datname, $2::text) FROM pg_database d
  WHERE d.datname = current_database() AND EXISTS (SELECT FROM aclexplode(d.datacl) a WHERE a.grantee = $1::oid)`;

/**
 * Ends a role: no login, no rows, no session, and then no role. The outcome is about the first three; a role that cannot be dropped,
 * since it owns something in another database, is one that nobody can be.
 *
 * @throws DatabaseFailure
 */
export async function endRole(admin: Admin, role: string): Promise<RevocationOutcome> {
  const [found] = await admin.query("SELECT oid::text AS oid FROM pg_roles WHERE rolname = $1", [role]);
  if (found === undefined) return "already_dead";
  const oid = String(found["oid"]);
  try {
    // INVARIANT: first no login, then the sessions: otherwise one could come between.
    await admin.run([`ALTER ROLE ${quoted(role)} NOLOGIN`]);
  } catch (error) {
    if (DatabaseFailure.from(error).code === UNDEFINED_ROLE) return "already_dead";
    throw error;
  }
  await admin.query(`UPDATE ${ACCESS_SCHEMA}.leased SET ends_at = '-infinity' WHERE role = $1`, [role]);
  const [{ ended } = {}] = await admin.query(TERMINATE, [oid]);
  await dropRole(admin, role, oid);
  return ended === true ? "revoked" : "unknown";
}

/** Takes away what is left. It is tried again by every sweep, so that a failure is none of the credential's. */
async function dropRole(admin: Admin, role: string, oid: string): Promise<void> {
  try {
    await admin.transaction(async (inner) => {
      await inner.run([`LOCK TABLE ${ACCESS_SCHEMA}.leased IN SHARE ROW EXCLUSIVE MODE`]);
      const given = await inner.query(GIVEN, [oid, role]);
      // A session that was being opened when the login was taken away.
      await inner.query(TERMINATE, [oid]);
      await inner.run([
        // DROP OWNED takes back whole tables, which whoever may grant some of their columns cannot.
        ...given.map(({ statement }) => String(statement)),
        `DROP OWNED BY ${quoted(role)}`,
        `DROP ROLE ${quoted(role)}`,
        `DELETE FROM ${ACCESS_SCHEMA}.leased WHERE role = '${role}'`,
      ]);
    });
  } catch {
    // Nobody can be it any more; `selfCheck` tells of roles that stay.
  }
}
