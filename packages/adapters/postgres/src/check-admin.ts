import type { Finding } from "@watchword/core";
import { z } from "zod";
import type { Admin } from "./as-admin.ts";
import type { PostgresSettings } from "./postgres-options.ts";
import { heldPrivileges } from "./read-granted.ts";
import { ACCESS_SCHEMA } from "./row-security.ts";
import { adminGrants, declaredTable, privilegeNames } from "./table-grants.ts";

/** The first version in which a role that makes roles is kept from those that it did not make. */
const ROLES_APART = 160_000;
/** The oldest version that the tests were run against. */
const OLDEST = 150_000;

/** Roles of PostgreSQL that reach the server's files and programs, or every table. */
const MIGHTY: readonly string[] = [
  "pg_execute_server_program",
  "pg_read_server_files",
  "pg_write_server_files",
  "pg_read_all_data",
  "pg_write_all_data",
];

const QUERY = `
SELECT current_setting('server_version_num')::int AS version, rolsuper AS superuser, rolbypassrls AS bypasses,
  rolcreaterole AS makes, rolcreatedb OR rolreplication AS more,
  to_json(ARRAY(SELECT pg_get_userbyid(roleid) FROM pg_auth_members WHERE member = r.oid)) AS memberships,
  to_json(ARRAY(${heldPrivileges("r.oid", "ARRAY[r.oid]")})) AS privileges
FROM pg_roles r WHERE rolname = current_user`;

const Role = z.strictObject({
  version: z.int(),
  superuser: z.boolean(),
  bypasses: z.boolean(),
  makes: z.boolean(),
  more: z.boolean(),
  memberships: z.array(z.string()),
  privileges: z.array(z.string()),
});

/** Whether the role that makes the others may do that, and as little as possible besides. */
export async function checkAdmin(settings: PostgresSettings, admin: Admin): Promise<readonly Finding[]> {
  const [found] = await admin.query(QUERY);
  const role = Role.safeParse(found);
  if (!role.success) return [{ severity: "error", text: "the server says nothing about its role" }];
  const { version, superuser, bypasses, makes, more, memberships } = role.data;
  const mighty = memberships.filter((name) => MIGHTY.includes(name));
  const name = settings.admin;
  const findings: (Finding | false)[] = [
    version < OLDEST && { severity: "error", text: "the server is older than PostgreSQL 15" },
    version >= OLDEST &&
      version < ROLES_APART && {
        severity: "warning",
        text: `before PostgreSQL 16 a role with CREATEROLE, as ${name}, can change any role that is no superuser`,
      },
    superuser && { severity: "error", text: `${name} is a superuser` },
    bypasses && { severity: "error", text: `${name} bypasses row level security` },
    !makes && !superuser && { severity: "error", text: `${name} may not make roles (CREATEROLE)` },
    more && { severity: "warning", text: `${name} may make databases or replicate, which it does not need` },
    mighty.length > 0 && { severity: "error", text: `${name} is a member of ${mighty.join(", ")}` },
  ];
  const wrong = findings.filter((finding) => finding !== false);
  const ok: Finding = { severity: "ok", text: `${name} makes roles, and is no superuser` };
  const bad = wrong.some(({ severity }) => severity === "error");
  return [...(bad ? [] : [ok]), ...wrong, ...checkPrivileges(settings, role.data.privileges)];
}

function checkPrivileges(settings: PostgresSettings, privileges: readonly string[]): readonly Finding[] {
  const held = privileges.filter((name) => !name.includes(` ${ACCESS_SCHEMA}.`));
  const needed = Object.keys(settings.tables).flatMap((name) => {
    const table = declaredTable(settings, name);
    return privilegeNames(table, adminGrants(table)).map((privilege) => `${privilege} and grant`);
  });
  const lacking = needed.filter((name) => !held.includes(name));
  const wider = held.filter((name) => !needed.includes(name));
  return [
    ...lacking.map((name): Finding => ({
      severity: "error",
      text: `${settings.admin} lacks: ${name}; run setupSql(options) again`,
    })),
    ...wider.map((name): Finding => ({
      severity: "warning",
      text: `${settings.admin} holds more than is declared: ${name}`,
    })),
  ];
}
