import { type Catalogue, operation } from "@watchword/core";
import { z } from "zod";
import { ColumnList, TableName } from "./names.ts";

const RESOURCE = Object.freeze({
  tenant: "Whose rows: the value of each table's tenant column, the account of the tenant's connection.",
});

const table = TableName.describe("A declared table: schema.table.");
const key = z.string().min(1).max(256).describe("Value of the table's key, as text: this row and no other.");
const columns = (description: string) =>
  ColumnList.describe(`${description} In order, with commas between: id,status.`);

interface Parts<Arguments extends z.ZodObject> {
  readonly name: string;
  readonly title: string;
  readonly arguments: Arguments;
  readonly example: z.input<Arguments>;
}

function entry<Arguments extends z.ZodObject>(parts: Parts<Arguments>) {
  const access = parts.name.endsWith(".select") ? "read" : "write";
  return operation<Arguments>({ ...parts, access, resource: RESOURCE, references: [], decided: [] });
}

/**
 * What a role can be for: one verb on one declared table, for every row of the tenant's (`rows`) or for one (`row`). Values are the
 * statement's, and no part of the action.
 */
export const postgresCatalogue = Object.freeze({
  adapter: "postgres",
  operations: Object.freeze({
    rowsSelect: entry({
      name: "rows.select",
      title: "Read columns of a table's rows",
      arguments: z.strictObject({ table, columns: columns("Columns that may be read.") }),
      example: { table: "shop.orders", columns: "id,status" },
    }),
    rowSelect: entry({
      name: "row.select",
      title: "Read columns of one row",
      arguments: z.strictObject({ table, columns: columns("Columns that may be read."), key }),
      example: { table: "shop.orders", columns: "id,status", key: "o_1" },
    }),
    rowsInsert: entry({
      name: "rows.insert",
      title: "Add rows to a table",
      arguments: z.strictObject({ table, columns: columns("Columns that may be given a value.") }),
      example: { table: "shop.orders", columns: "id,status" },
    }),
    rowsUpdate: entry({
      name: "rows.update",
      title: "Change columns of a table's rows",
      arguments: z.strictObject({ table, columns: columns("Columns that may be changed.") }),
      example: { table: "shop.orders", columns: "status" },
    }),
    rowUpdate: entry({
      name: "row.update",
      title: "Change columns of one row",
      arguments: z.strictObject({ table, columns: columns("Columns that may be changed."), key }),
      example: { table: "shop.orders", columns: "status", key: "o_1" },
    }),
    rowsDelete: entry({
      name: "rows.delete",
      title: "Delete rows of a table",
      arguments: z.strictObject({ table }),
      example: { table: "shop.orders" },
    }),
    rowDelete: entry({
      name: "row.delete",
      title: "Delete one row",
      arguments: z.strictObject({ table, key }),
      example: { table: "shop.orders", key: "o_1" },
    }),
  }),
}) satisfies Catalogue;
