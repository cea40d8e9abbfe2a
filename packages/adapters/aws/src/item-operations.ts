import { operation } from "@watchword/core";
import { z } from "zod";

const resource = { account: "AWS account, 123456789012 or 123456789012/tenant" };

const table = z
  .string()
  .regex(/^[A-Za-z0-9_-]{3,255}$/)
  .describe("Name of the table; it must be a declared one.");
/** INVARIANT: none of the letters that IAM reads as a pattern. */
const item = z
  .string()
  .regex(/^[A-Za-z0-9._:@-]{1,255}$/)
  .describe(
    "The item's key: its partition key, or in a shared account its sort key within the tenant's partition.",
  );
const attributes = z
  .record(
    z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,62}$/),
    z.union([z.string().max(8_192), z.int(), z.boolean()]),
  )
  .refine((values) => Object.keys(values).length <= 50, { error: "must be 50 at most" })
  .describe("Every attribute of the item besides its keys: texts, whole numbers, true and false.");

/** Items in tables of DynamoDB. */
export const itemOperations = {
  itemsGet: operation({
    name: "dynamodb.items.get",
    access: "read",
    title: "Read one item",
    resource,
    arguments: z.strictObject({ table, item }),
    references: [],
    decided: [],
    example: { table: "orders", item: "o-1" },
  }),
  itemsPut: operation({
    name: "dynamodb.items.put",
    access: "write",
    title: "Write one item whole",
    resource,
    arguments: z.strictObject({
      table,
      item,
      attributes,
      replace: z.boolean().describe("Whether an item that is there may be replaced; false: the write fails."),
    }),
    references: [],
    decided: [],
    example: { table: "orders", item: "o-2", attributes: { state: "open", cents: 4200 }, replace: false },
  }),
  itemsDelete: operation({
    name: "dynamodb.items.delete",
    access: "write",
    title: "Delete one item",
    resource,
    arguments: z.strictObject({ table, item }),
    references: [],
    decided: [],
    example: { table: "orders", item: "o-1" },
  }),
};
