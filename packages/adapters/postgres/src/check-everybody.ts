import type { Finding } from "@watchword/core";
import { z } from "zod";
import type { Admin } from "./as-admin.ts";
import type { PostgresSettings } from "./postgres-options.ts";
import { heldPrivileges, reachingFunctions } from "./read-granted.ts";

const query = (schemas: string): string => `
SELECT to_json(ARRAY(${heldPrivileges("'public'", "ARRAY[0::oid]")})) AS privileges,
  to_json(ARRAY(${reachingFunctions("'public'", schemas)})) AS functions,
  has_database_privilege('public', current_database(), 'TEMPORARY') AS temporary,
  (SELECT count(*)::int FROM pg_database d WHERE d.datname <> current_database() AND d.datallowconn
    AND has_database_privilege('public', d.oid, 'CONNECT')) AS databases`;

const Everybody = z.strictObject({
  privileges: z.array(z.string()),
  functions: z.array(z.string()),
  temporary: z.boolean(),
  databases: z.int(),
});

/** What every role may do, a role of an action too: PostgreSQL gives PUBLIC more than most databases want. */
export async function checkEverybody(
  { tables }: PostgresSettings,
  admin: Admin,
): Promise<readonly Finding[]> {
  const schemas = Object.keys(tables).map((name) => `'${name.slice(0, name.indexOf("."))}'`);
  const [found] = await admin.query(query(schemas.join(", ")));
  const everybody = Everybody.safeParse(found);
  if (!everybody.success) return [{ severity: "error", text: "the server does not say what PUBLIC may do" }];
  const { privileges, functions, temporary, databases } = everybody.data;
  const findings: Finding[] = [
    ...privileges.map((name): Finding => ({
      severity: "error",
      text: `PUBLIC has ${name}: every role of an action would, too`,
    })),
    ...functions.map((name): Finding => ({
      severity: "error",
      text: `PUBLIC may call ${name}, which acts as somebody else or reaches out; REVOKE EXECUTE`,
    })),
  ];
  if (temporary)
    findings.push({
      severity: "warning",
      text: "PUBLIC may make temporary tables, and fill the disk with them",
    });
  if (databases > 0)
    findings.push({
      severity: "warning",
      text: `PUBLIC may connect to ${databases} other databases of the server: what it may do there is not checked here`,
    });
  if (findings.every(({ severity }) => severity !== "error"))
    findings.unshift({
      severity: "ok",
      text: "PUBLIC has no table, and no function that acts as somebody else",
    });
  return findings;
}
