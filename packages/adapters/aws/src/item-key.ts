import { Refusal, type ValueMap } from "@watchword/core";
import { argumentText } from "./argument-text.ts";
import type { AwsAccount } from "./aws-account.ts";
import type { AwsSettings } from "./aws-options.ts";

/** The keys of an item, by the names that its table has for them. */
export interface ItemKey {
  readonly partition: readonly [name: string, value: string];
  /** In a shared account: the partition is the tenant's, and this is the item's. */
  readonly sort: readonly [name: string, value: string] | undefined;
}

/** The keys of the item that an action names. @throws Refusal `internal` for a table that nobody declared */
export function itemKey({ tables }: AwsSettings, { tenant }: AwsAccount, values: ValueMap): ItemKey {
  const table = tables[argumentText(values, "table")];
  const item = argumentText(values, "item");
  if (table === undefined || (table.sortKey === undefined) !== (tenant === undefined))
    throw new Refusal("internal", { detail: "aws: a table that was never planned" });
  if (table.sortKey === undefined || tenant === undefined)
    return { partition: [table.partitionKey, item], sort: undefined };
  return { partition: [table.partitionKey, tenant], sort: [table.sortKey, item] };
}

/** What stands for the item in a tool's request: of its keys the one that is not the tenant's. */
export function namedKey({ tables }: AwsSettings, table: string): string | undefined {
  const declared = Object.hasOwn(tables, table) ? tables[table] : undefined;
  return declared?.sortKey ?? declared?.partitionKey;
}
