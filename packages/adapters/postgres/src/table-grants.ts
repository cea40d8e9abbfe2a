import { Refusal, type ValueMap } from "@watchword/core";
import { quoted } from "./names.ts";
import type { PostgresSettings, TableSettings } from "./postgres-options.ts";

/** One privilege on a table: on some of its columns, or with none named on all of it. */
export interface TableGrant {
  readonly privilege: "SELECT" | "INSERT" | "UPDATE" | "DELETE";
  readonly columns: readonly string[];
}

/** A declared table, with its name in two parts. */
export interface DeclaredTable extends TableSettings {
  readonly name: string;
  readonly schema: string;
  readonly table: string;
}

/** @throws Refusal `request_malformed` for a table that is not declared */
export function declaredTable({ tables }: PostgresSettings, name: unknown): DeclaredTable {
  const declared = typeof name === "string" && Object.hasOwn(tables, name) ? tables[name] : undefined;
  if (typeof name !== "string" || declared === undefined)
    throw undeclared("table", "the table is not declared");
  const [schema = "", table = ""] = name.split(".");
  return { ...declared, name, schema, table };
}

/**
 * The privileges that an operation takes, and no others. To find the row that is changed or deleted, its key is read.
 *
 * @throws Refusal `request_malformed` for columns that are not declared for it
 */
export function tableGrants(
  operation: string,
  table: DeclaredTable,
  values: ValueMap,
): readonly TableGrant[] {
  const columns = typeof values["columns"] === "string" ? values["columns"].split(",") : [];
  const key: TableGrant = { privilege: "SELECT", columns: [table.key] };
  switch (operation.slice(operation.indexOf(".") + 1)) {
    case "select":
      return [{ privilege: "SELECT", columns: among(columns, table.readable) }];
    case "insert":
      return [{ privilege: "INSERT", columns: among(columns, table.writable) }];
    case "update":
      return [key, { privilege: "UPDATE", columns: among(columns, table.writable) }];
    case "delete":
      if (!table.deletable) throw undeclared("table", "rows of this table are not declared to be deletable");
      return [key, { privilege: "DELETE", columns: [] }];
    default:
      throw new Refusal("unknown_target", { detail: "no such operation", failedFact: "action" });
  }
}

/** What the admin must be able to give of a table, and no more: what all operations on it could take. */
export function adminGrants({ key, readable, writable, deletable }: DeclaredTable): readonly TableGrant[] {
  const write = (["INSERT", "UPDATE"] as const).map((privilege) => ({ privilege, columns: writable }));
  return [
    { privilege: "SELECT", columns: [...new Set([key, ...readable])] },
    ...(writable.length === 0 ? [] : write),
    ...(deletable ? [{ privilege: "DELETE", columns: [] } as const] : []),
  ];
}

/** A privilege as GRANT names it: `UPDATE ("status")`. */
export function grantedPart({ privilege, columns }: TableGrant): string {
  return columns.length === 0 ? privilege : `${privilege} (${columns.map(quoted).join(", ")})`;
}

/** `SELECT shop.orders.id`, as {@link readGranted} finds them, in one order. */
export function privilegeNames({ name }: DeclaredTable, grants: readonly TableGrant[]): readonly string[] {
  return grants
    .flatMap(({ privilege, columns }) =>
      columns.length === 0
        ? [`${privilege} ${name}`]
        : columns.map((column) => `${privilege} ${name}.${column}`),
    )
    .toSorted();
}

function among(columns: readonly string[], declared: readonly string[]): readonly string[] {
  if (columns.length > 0 && columns.every((column) => declared.includes(column))) return columns;
  throw undeclared("columns", "a column is not declared for this");
}

function undeclared(argument: string, detail: string): Refusal {
  return new Refusal("request_malformed", {
    detail: `postgres: ${detail}`,
    failedFact: `argument:${argument}`,
  });
}
