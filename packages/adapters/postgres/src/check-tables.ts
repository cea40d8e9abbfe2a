import type { Finding } from "@watchword/core";
import { z } from "zod";
import type { Admin } from "./as-admin.ts";
import type { PostgresSettings } from "./postgres-options.ts";
import { ACCESS_SCHEMA, rowSecurityProblem } from "./row-security.ts";
import { FUNCTION_BODIES } from "./setup-sql.ts";
import { type DeclaredTable, declaredTable } from "./table-grants.ts";

/** How the tenant's value must look for a column of another type than text. */
const VALUES: Readonly<Record<DeclaredTable["tenantType"], RegExp>> = {
  text: /^/,
  uuid: /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  bigint: /^-?\d{1,18}$/,
  integer: /^-?\d{1,9}$/,
};

const FUNCTIONS = `
SELECT to_json(ARRAY(SELECT json_build_object('name', p.proname, 'body', p.prosrc, 'settings', p.proconfig,
    'definer', p.prosecdef AND p.provolatile = 's' AND l.lanname = 'sql', 'takes', p.pronargs,
    'ours', p.proowner = (SELECT oid FROM pg_roles WHERE rolname = current_user))
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
  WHERE n.nspname = '${ACCESS_SCHEMA}' ORDER BY p.proname)) AS functions,
  (SELECT count(*)::int FROM ${ACCESS_SCHEMA}.leased WHERE ends_at < clock_timestamp() - interval '1 hour') AS left_over`;

const Functions = z.strictObject({
  functions: z.array(z.looseObject({ name: z.string() })),
  left_over: z.int(),
});

/** Whether rows are held to their tenant: the functions that policies ask, and the policies of every declared table. */
export async function checkTables(
  settings: PostgresSettings,
  admin: Admin,
  account: string,
): Promise<readonly Finding[]> {
  const findings = [...(await checkFunctions(admin))];
  for (const name of Object.keys(settings.tables)) {
    const table = declaredTable(settings, name);
    const problem = await rowSecurityProblem(admin, table);
    if (problem !== undefined)
      findings.push({ severity: "error", text: `${problem}; run setupSql(options) again` });
    else if (!VALUES[table.tenantType].test(account))
      findings.push({
        severity: "error",
        text: `${name}: the connection's account is no ${table.tenantType}`,
      });
    else findings.push({ severity: "ok", text: `${name} shows a role the rows of its tenant alone` });
  }
  return findings;
}

async function checkFunctions(admin: Admin): Promise<readonly Finding[]> {
  const [found] = await admin.query(FUNCTIONS);
  const read = Functions.safeParse(found);
  const expected = Object.entries(FUNCTION_BODIES).map(([name, body]) => ({
    name,
    body,
    settings: ["search_path=pg_catalog, pg_temp"],
    definer: true,
    takes: 0,
    ours: false,
  }));
  const same =
    read.success &&
    JSON.stringify(read.data.functions.toSorted(byName)) === JSON.stringify(expected.toSorted(byName));
  if (!same)
    return [
      {
        severity: "error",
        text: `the functions of ${ACCESS_SCHEMA} are not those that setupSql makes, or belong to the connection's own role`,
      },
    ];
  const count = read.data.left_over;
  if (count === 0) return [];
  return [
    {
      severity: "warning",
      text: `${count} roles whose time is over could not be dropped: they own something`,
    },
  ];
}

const byName = (one: { readonly name: string }, other: { readonly name: string }): number =>
  one.name < other.name ? -1 : 1;
