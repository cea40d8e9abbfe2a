import { type Catalogue, operation } from "@watchword/core";
import { z } from "zod";
import { ColumnName, TableName } from "./names.ts";

const RESOURCE = Object.freeze({
  tenant: "Whose rows: the value of each table's tenant column, the account of the tenant's connection.",
});

const table = TableName.describe("A declared table: schema.table.");
const key = z
  .string()
  .min(1)
  .max(256)
  .optional()
  .describe("Value of the table's key, as text: this row alone. Left out: every row of the tenant's.");
const columns = (description: string) =>
  z
    .array(ColumnName)
    .min(1)
    .max(100)
    .refine((names) => new Set(names).size === names.length, { error: "names a column twice" })
    .describe(description);

/** What a role can be for: one verb on one declared table. Values are the statement's, and no part of the action. */
export const postgresCatalogue = Object.freeze({
  adapter: "postgres",
  operations: Object.freeze({
    rowsSelect: operation({
      name: "rows.select",
      access: "read",
      title: "Read columns of a table's rows",
      resource: RESOURCE,
      arguments: z.strictObject({ table, columns: columns("Columns that may be read."), key }),
      references: [],
      decided: [],
      example: { table: "shop.orders", columns: ["id", "status"] },
    }),
    rowsInsert: operation({
      name: "rows.insert",
      access: "write",
      title: "Add rows to a table",
      resource: RESOURCE,
      arguments: z.strictObject({ table, columns: columns("Columns that may be given a value.") }),
      references: [],
      decided: [],
      example: { table: "shop.orders", columns: ["id", "status"] },
    }),
    rowsUpdate: operation({
      name: "rows.update",
      access: "write",
      title: "Change columns of a table's rows",
      resource: RESOURCE,
      arguments: z.strictObject({ table, columns: columns("Columns that may be changed."), key }),
      references: [],
      decided: [],
      example: { table: "shop.orders", columns: ["status"], key: "o_1" },
    }),
    rowsDelete: operation({
      name: "rows.delete",
      access: "write",
      title: "Delete rows of a table",
      resource: RESOURCE,
      arguments: z.strictObject({ table, key }),
      references: [],
      decided: [],
      example: { table: "shop.orders", key: "o_1" },
    }),
  }),
}) satisfies Catalogue;
