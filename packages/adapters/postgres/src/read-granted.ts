import { z } from "zod";
import type { Admin } from "./as-admin.ts";
import { ACCESS_SCHEMA } from "./row-security.ts";
import { DatabaseFailure } from "./database-failure.ts";

/** Extensions whose functions reach files, hosts or sessions of others. */
const REACHING = "{dblink,http,pg_net,aws_s3,aws_lambda,pg_background,plsh,adminpack,file_fdw}";

/** Of these schemas nobody but PostgreSQL itself makes anything. */
const OURS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'";

/**
 * Functions that act as somebody else (SECURITY DEFINER), that PostgreSQL itself keeps from PUBLIC, or that come with an extension
 * which reaches out. `role` is SQL for whoever asks, `schemas` for those that it will be let into besides.
 */
export const reachingFunctions = (role: string, schemas = "''"): string => `
SELECT DISTINCT format('%s.%s', n.nspname, p.proname) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
WHERE p.oid IN (
    SELECT oid FROM pg_proc WHERE prosecdef
    UNION SELECT d.objid FROM pg_extension e JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass
      AND d.refobjid = e.oid AND d.classid = 'pg_proc'::regclass AND d.deptype = 'e'
      WHERE e.extname = ANY ('${REACHING}'::name[])
    UNION SELECT i.objoid FROM pg_init_privs i WHERE i.classoid = 'pg_proc'::regclass AND i.privtype = 'i'
      AND NOT EXISTS (SELECT FROM aclexplode(i.initprivs) a WHERE a.grantee = 0))
  AND p.prorettype NOT IN ('trigger'::regtype, 'event_trigger'::regtype)
  AND (has_schema_privilege(${role}, n.oid, 'USAGE') OR n.nspname IN (${schemas}))
  AND has_function_privilege(${role}, p.oid, 'EXECUTE')`;

/** Privileges on tables and columns, and where something can be made, of the roles in `grantees` (0 is everybody). */
export const heldPrivileges = (role: string, grantees: string): string => `
SELECT format('%s %s.%s%s', a.privilege_type, n.nspname, c.relname, CASE WHEN a.is_grantable THEN ' and grant' END)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(c.relacl) a
  WHERE a.grantee = ANY (${grantees}) AND ${OURS}
UNION
SELECT format('%s %s.%s.%s%s', a.privilege_type, n.nspname, c.relname, t.attname,
    CASE WHEN a.is_grantable THEN ' and grant' END)
  FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace,
    aclexplode(t.attacl) a
  WHERE t.attacl IS NOT NULL AND NOT t.attisdropped AND a.grantee = ANY (${grantees}) AND ${OURS}
UNION
SELECT format('CREATE %s', n.nspname) FROM pg_namespace n
  WHERE ${OURS} AND has_schema_privilege(${role}, n.oid, 'CREATE')
UNION
SELECT 'CREATE schemas' WHERE has_database_privilege(${role}, current_database(), 'CREATE')`;

const QUERY = `
SELECT json_build_object(
  'attributes', array_remove(ARRAY[CASE WHEN rolcanlogin THEN 'LOGIN' END, CASE WHEN rolsuper THEN 'SUPERUSER' END,
    CASE WHEN rolinherit THEN 'INHERIT' END, CASE WHEN rolcreaterole THEN 'CREATEROLE' END,
    CASE WHEN rolcreatedb THEN 'CREATEDB' END, CASE WHEN rolreplication THEN 'REPLICATION' END,
    CASE WHEN rolbypassrls THEN 'BYPASSRLS' END], NULL),
  'connections', rolconnlimit,
  'seconds', ceil(extract(epoch FROM rolvaliduntil - clock_timestamp())),
  'memberships', ARRAY(SELECT pg_get_userbyid(roleid) FROM pg_auth_members WHERE member = r.oid),
  'privileges', ARRAY(${heldPrivileges("r.oid", "ARRAY[0::oid, r.oid]")}),
  'functions', ARRAY(${reachingFunctions("r.oid")}),
  'settings', ARRAY(SELECT replace(unnest(setconfig), '"', '') FROM pg_db_role_setting WHERE setrole = r.oid),
  'rows', (SELECT json_build_object('tenant', tenant, 'key', row_key) FROM ${ACCESS_SCHEMA}.leased WHERE role = r.rolname)
) AS granted FROM pg_roles r WHERE rolname = $1`;

const Texts = z.array(z.string()).transform((texts) => texts.toSorted());
const Granted = z.strictObject({
  attributes: Texts,
  connections: z.int(),
  /** Seconds until it can no longer log in; `null` would be never. */
  seconds: z.int(),
  memberships: Texts,
  privileges: Texts,
  /** Functions that it may call and that act as somebody else, or reach beyond the database. */
  functions: Texts,
  settings: Texts,
  /** Whose rows it is shown. */
  rows: z.strictObject({ tenant: z.string(), key: z.string().nullable() }),
});

/** What the server says of a role: everything that it may do, of its own or as everybody. */
export type GrantedRole = z.output<typeof Granted>;

/** Reads back what a role is and may do. @throws DatabaseFailure */
export async function readGranted(admin: Admin, role: string): Promise<GrantedRole> {
  const [found] = await admin.query(QUERY, [role]);
  const granted = Granted.safeParse(found?.["granted"]);
  if (!granted.success) throw new DatabaseFailure("no answer");
  return granted.data;
}
