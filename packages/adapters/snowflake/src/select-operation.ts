import { type Operation, operation } from "@watchword/core";
import { z } from "zod";
import { RESOURCE } from "./resource.ts";
import { type Selectable, selectProblem } from "./select-grammar.ts";

const Name = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}$/, { error: "must be a name without quotes" })
  .transform((name) => name.toUpperCase());
const Table = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,254}(?:\.[A-Za-z_][A-Za-z0-9_]{0,254}){0,2}$/, {
    error: "must be TABLE, SCHEMA.TABLE or DATABASE.SCHEMA.TABLE, without quotes",
  })
  .transform((name) => name.toUpperCase());

/** What agents may ask in words of their own: columns by table, and rows of an answer at most. */
export const SelectOptions = z.strictObject({
  tables: z
    .record(Table, z.array(Name).min(1).readonly())
    .refine((tables) => Object.keys(tables).length > 0, { error: "must name a table" }),
  /** Default 100. */
  maxRows: z.int().min(1).max(100_000).default(100),
});
export type SelectOptions = z.output<typeof SelectOptions>;

/** The query of an agent's own, in a closed grammar over declared tables. */
export interface SelectOperation {
  /** The name that code uses. */
  readonly key: "queriesSelect";
  readonly name: "queries.select";
  readonly entry: Operation;
  readonly selectable: Selectable;
}

/** The operation of declared tables. */
export function selectOperation({ tables, maxRows }: SelectOptions): SelectOperation {
  const selectable: Selectable = {
    maxRows,
    tables: new Map(Object.entries(tables).map(([table, columns]) => [table, new Set(columns)])),
  };
  const [first] = Object.entries(tables);
  const [table, columns] = first ?? ["", []];
  return Object.freeze<SelectOperation>({
    key: "queriesSelect",
    name: "queries.select",
    selectable,
    entry: operation({
      name: "queries.select",
      access: "read",
      title: "Ask declared columns of one declared table",
      resource: RESOURCE,
      arguments: z.strictObject({
        statement: z
          .string()
          .max(4_096)
          .refine((text) => selectProblem(selectable, text) === undefined, {
            error: "is not one SELECT of declared columns from one declared table with a LIMIT",
          })
          .describe(`One SELECT from ${Object.keys(tables).join(", ")}, with LIMIT ${maxRows} at most.`),
      }),
      references: [],
      decided: [],
      example: { statement: `SELECT ${columns[0] ?? ""} FROM ${table} LIMIT 1` },
    }),
  });
}
