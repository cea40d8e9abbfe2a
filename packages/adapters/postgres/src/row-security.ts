import { z } from "zod";
import type { Admin } from "./as-admin.ts";
import type { DeclaredTable } from "./table-grants.ts";

/** The schema that `setupSql` makes, with who holds what at the moment and the functions that policies ask. */
export const ACCESS_SCHEMA = "watchword_access";

const TENANT = `( SELECT ${ACCESS_SCHEMA}.tenant() AS tenant)`;
const ROW_KEY = `( SELECT ${ACCESS_SCHEMA}.row_key() AS row_key)`;

const Found = z.strictObject({
  is_table: z.boolean(),
  enabled: z.boolean(),
  forced: z.boolean(),
  policies: z
    .array(
      z.strictObject({
        name: z.string(),
        permissive: z.boolean(),
        command: z.string(),
        using: z.string().nullable(),
        check: z.string().nullable(),
      }),
    )
    .nullable(),
  /** By name: as the server quotes it, and its type. */
  columns: z.record(z.string(), z.tuple([z.string(), z.string()])).nullable(),
});
type FoundPolicy = NonNullable<z.output<typeof Found>["policies"]>[number];
type Columns = NonNullable<z.output<typeof Found>["columns"]>;

/** Policies for named roles are none of ours: a role of an action is a member of nothing. */
const QUERY = `
SELECT c.relkind IN ('r', 'p') AS is_table, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
  (SELECT json_agg(json_build_object('name', polname, 'permissive', polpermissive, 'command', polcmd,
      'using', pg_get_expr(polqual, polrelid), 'check', pg_get_expr(polwithcheck, polrelid)) ORDER BY polname)
    FROM pg_policy WHERE polrelid = c.oid AND 0 = ANY (polroles)) AS policies,
  (SELECT json_object_agg(attname, json_build_array(quote_ident(attname), format_type(atttypid, NULL)))
    FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2`;

/**
 * Why the rows of a table are not held to their tenant; `undefined` when they are. The server's own rendering of the policies that
 * reach a role without memberships must be, to the letter, what `setupSql` makes and nothing besides.
 */
export async function rowSecurityProblem(admin: Admin, table: DeclaredTable): Promise<string | undefined> {
  const [row] = await admin.query(QUERY, [table.schema, table.table]);
  const found = Found.safeParse(row);
  if (!found.success || !found.data.is_table) return `${table.name} is not a table`;
  const { enabled, forced } = found.data;
  if (!enabled) return `${table.name} has no row level security enabled`;
  if (!forced) return `${table.name} does not force row level security on its owner`;
  const columns = found.data.columns ?? {};
  for (const name of [table.key, table.tenant, ...table.readable, ...table.writable])
    if (!Object.hasOwn(columns, name)) return `${table.name} has no column ${name}`;
  const policies = found.data.policies ?? [];
  for (const expected of expectedPolicies(table, columns)) {
    const policy = policies.find(({ name }) => name === expected.name);
    if (policy === undefined || !samePolicy(policy, expected))
      return `${table.name}: the policy ${expected.name} is not the one that setupSql makes`;
  }
  // INVARIANT: permissive policies add up, so that one more that reaches everybody may show every tenant's rows.
  const more = policies.find(({ name, permissive }) => permissive && name !== "watchword_tenant");
  return more === undefined ? undefined : `${table.name}: the policy ${more.name} reaches every role`;
}

function expectedPolicies(table: DeclaredTable, columns: Columns): readonly FoundPolicy[] {
  const [tenant, tenantType] = columns[table.tenant] ?? [];
  const [key, keyType] = columns[table.key] ?? [];
  const held = table.tenantType === "text" ? TENANT : `(${TENANT})::${table.tenantType}`;
  const shown = tenantType === "text" || table.tenantType !== "text" ? tenant : `(${tenant})::text`;
  const row = keyType === "text" ? key : `(${key})::text`;
  const everything = { command: "*", check: null } as const;
  return [
    { ...everything, name: "watchword_tenant", permissive: true, using: `(${shown} = ${held})` },
    {
      ...everything,
      name: "watchword_row",
      permissive: false,
      using: `((${ROW_KEY} IS NULL) OR (${row} = ${ROW_KEY}))`,
    },
  ];
}

function samePolicy(one: FoundPolicy, other: FoundPolicy): boolean {
  return (
    one.permissive === other.permissive &&
    one.command === other.command &&
    one.using === other.using &&
    one.check === other.check
  );
}
