import type { Access } from "@watchword/core";
import type { PostgresSettings } from "./postgres-options.ts";
import type { DeclaredTable } from "./table-grants.ts";
import { quoted } from "./names.ts";

/** What a session of a role begins with, by the name of the parameter. */
export type RoleSettings = Readonly<Record<string, readonly string[]>>;

/**
 * How sessions of a role begin. Who holds the role can change these for its session, so nothing rests on them: they keep honest
 * clients from mistakes. What it may do is its privileges and its rows.
 */
export function roleSettings(
  { statementMilliseconds }: PostgresSettings,
  access: Access,
  { schema }: DeclaredTable,
): RoleSettings {
  return {
    ...(access === "read" ? { default_transaction_read_only: ["on"] } : {}),
    idle_in_transaction_session_timeout: [String(statementMilliseconds)],
    search_path: [schema, "pg_temp"],
    statement_timeout: [String(statementMilliseconds)],
  };
}

/** `search_path=shop, pg_temp`, as the server lists them, in one order. */
export function settingNames(settings: RoleSettings): readonly string[] {
  return Object.entries(settings)
    .map(([name, values]) => `${name}=${values.join(", ")}`)
    .toSorted();
}

/** The statement for one of them. */
export function settingStatement(role: string, name: string, values: readonly string[]): string {
  return `ALTER ROLE ${quoted(role)} SET ${name} = ${values.map((value) => `'${value}'`).join(", ")}`;
}
