import { quoted } from "./names.ts";
import { PostgresOptions, type PostgresSettings } from "./postgres-options.ts";
import { ACCESS_SCHEMA } from "./row-security.ts";
import { type DeclaredTable, adminGrants, declaredTable, grantedPart } from "./table-grants.ts";

/** What a function of ours begins with, whoever calls it: nothing that a caller made is found before PostgreSQL's own. */
const FUNCTION_HEAD =
  "RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp";

/** By name, as the server keeps them. They look at who logged in, which no SET changes, and at the clock, not at the transaction's. */
export const FUNCTION_BODIES: Readonly<Record<"tenant" | "row_key", string>> = Object.freeze({
  tenant: `SELECT l.tenant FROM ${ACCESS_SCHEMA}.leased l WHERE l.role = session_user AND l.ends_at > clock_timestamp()`,
  row_key: `SELECT l.row_key FROM ${ACCESS_SCHEMA}.leased l WHERE l.role = session_user`,
});

/**
 * The SQL that makes a database ready, for whoever administers it to read and run once, and again after each change of the declared
 * tables. It takes nothing from anybody but what everybody had: see the README for what an application needs then.
 *
 * @throws ZodError for an unknown or wrong option.
 */
export function setupSql(options: PostgresOptions): string {
  const settings = PostgresOptions.parse(options);
  const tables = Object.keys(settings.tables).map((name) => declaredTable(settings, name));
  return [...accessSchema(settings), ...tables.flatMap((table) => tableSetup(settings, table))]
    .map((statement) => `${statement};\n`)
    .join("");
}

function accessSchema({ admin, database }: PostgresSettings): readonly string[] {
  const role = quoted(admin);
  return [
    `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${admin}') THEN CREATE ROLE ${role} LOGIN CREATEROLE; END IF; END $$`,
    `REVOKE TEMPORARY ON DATABASE ${quoted(database)} FROM PUBLIC`,
    `GRANT CONNECT ON DATABASE ${quoted(database)} TO ${role} WITH GRANT OPTION`,
    "DO $$ BEGIN IF to_regnamespace('public') IS NOT NULL THEN REVOKE CREATE ON SCHEMA public FROM PUBLIC; END IF; END $$",
    `CREATE SCHEMA IF NOT EXISTS ${ACCESS_SCHEMA}`,
    `CREATE TABLE IF NOT EXISTS ${ACCESS_SCHEMA}.leased (role name PRIMARY KEY, tenant text NOT NULL, row_key text, ends_at timestamptz NOT NULL)`,
    ...Object.entries(FUNCTION_BODIES).flatMap(([name, body]) => [
      `CREATE OR REPLACE FUNCTION ${ACCESS_SCHEMA}.${name}() ${FUNCTION_HEAD} AS $$${body}$$`,
      `GRANT EXECUTE ON FUNCTION ${ACCESS_SCHEMA}.${name}() TO PUBLIC`,
    ]),
    `GRANT USAGE ON SCHEMA ${ACCESS_SCHEMA} TO ${role}`,
    `GRANT SELECT, INSERT, UPDATE, DELETE ON ${ACCESS_SCHEMA}.leased TO ${role}`,
  ];
}

function tableSetup({ admin }: PostgresSettings, table: DeclaredTable): readonly string[] {
  const target = `${quoted(table.schema)}.${quoted(table.table)}`;
  const [tenant, key] = [quoted(table.tenant), quoted(table.key)];
  const cast = table.tenantType === "text" ? "" : `::${table.tenantType}`;
  const rowKey = `(SELECT ${ACCESS_SCHEMA}.row_key())`;
  return [
    `ALTER TABLE ${target} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY`,
    `DROP POLICY IF EXISTS watchword_tenant ON ${target}`,
    `DROP POLICY IF EXISTS watchword_row ON ${target}`,
    `CREATE POLICY watchword_tenant ON ${target} USING (${tenant} = (SELECT ${ACCESS_SCHEMA}.tenant())${cast})`,
    `CREATE POLICY watchword_row ON ${target} AS RESTRICTIVE USING (${rowKey} IS NULL OR ${key}::text = ${rowKey})`,
    `GRANT USAGE ON SCHEMA ${quoted(table.schema)} TO ${quoted(admin)} WITH GRANT OPTION`,
    ...adminGrants(table).map(
      (each) => `GRANT ${grantedPart(each)} ON ${target} TO ${quoted(admin)} WITH GRANT OPTION`,
    ),
  ];
}
