import type { Finding } from "@watchword/core";
import type { Admin } from "./as-admin.ts";
import { DatabaseFailure } from "./database-failure.ts";
import { quoted } from "./names.ts";
import type { PostgresSettings } from "./postgres-options.ts";
import { ACCESS_SCHEMA } from "./row-security.ts";
import { declaredTable } from "./table-grants.ts";

/**
 * Looks at the tables as a role of the account would, and as one of nobody: what the policies say is one thing, what is shown
 * another. It takes the place of such a role in a transaction that leaves nothing behind.
 */
export async function checkRows(
  settings: PostgresSettings,
  admin: Admin,
  account: string,
): Promise<readonly Finding[]> {
  try {
    const [ofNobody, ofAccount] = await admin.transaction(async (inner) => {
      const before = await tablesWithRows(settings, inner);
      await inner.query(
        `INSERT INTO ${ACCESS_SCHEMA}.leased (role, tenant, ends_at) VALUES (session_user, $1, clock_timestamp() + interval '1 minute')`,
        [account],
      );
      const shown = await tablesWithRows(settings, inner);
      await inner.query(`DELETE FROM ${ACCESS_SCHEMA}.leased WHERE role = session_user`);
      return [before, shown];
    });
    if (ofNobody.length > 0)
      return [{ severity: "error", text: `rows of ${ofNobody.join(", ")} are shown to a role of no tenant` }];
    if (ofAccount.length > 0 || settings.acceptEmptyTenants)
      return [
        { severity: "ok", text: `${ofAccount.length} of the declared tables have rows of the account` },
      ];
    return [
      {
        severity: "error",
        text: "no declared table has a row of the account: another spelling, or say acceptEmptyTenants",
      },
    ];
  } catch (error) {
    const { code } = DatabaseFailure.from(error);
    return [
      { severity: "error", text: `the tables could not be looked at as a role of the account (${code})` },
    ];
  }
}

async function tablesWithRows(settings: PostgresSettings, admin: Admin): Promise<readonly string[]> {
  const found: string[] = [];
  for (const name of Object.keys(settings.tables)) {
    const { schema, table, key } = declaredTable(settings, name);
    const [{ any } = {}] = await admin.query(
      `SELECT EXISTS (SELECT ${quoted(key)} FROM ${quoted(schema)}.${quoted(table)}) AS any`,
    );
    if (any === true) found.push(name);
  }
  return found;
}
