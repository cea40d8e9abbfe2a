import { type PolicyStatement, parsePolicy } from "./parse-policy.ts";
import type { AccountSeed, RoleSeed, TableSeed } from "./twin-options.ts";

/** An object as it is kept. */
export interface TwinObject {
  readonly content: Buffer;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** A bucket as it is kept. */
export interface BucketState {
  readonly name: string;
  readonly account: string;
  readonly open: boolean;
  readonly objects: Map<string, TwinObject>;
}

/** A table as it is kept; items by their keys. */
export interface TableState extends Pick<TableSeed, "partitionKey" | "sortKey"> {
  readonly name: string;
  readonly account: string;
  readonly items: Map<string, Readonly<Record<string, object>>>;
}

/** A role as it is kept. */
export interface RoleState {
  readonly seed: RoleSeed;
  readonly account: string;
  readonly policy: readonly PolicyStatement[];
}

/** Everything that the twin's accounts hold. Names of buckets are one space, as in the world. */
export class AccountState {
  readonly roles: readonly RoleState[];
  readonly buckets = new Map<string, BucketState>();
  readonly tables: readonly TableState[];

  constructor(accounts: readonly AccountSeed[], now: number) {
    this.roles = accounts.flatMap(({ id, roles }) =>
      roles.map((seed) => ({ seed, account: id, policy: parsePolicy(seed.policy) })),
    );
    this.tables = accounts.flatMap(({ id, tables = {} }) =>
      Object.entries(tables).map(([name, { partitionKey, sortKey, items = [] }]) => {
        const table = {
          name,
          account: id,
          partitionKey,
          ...(sortKey === undefined ? {} : { sortKey }),
          items: new Map<string, Readonly<Record<string, object>>>(),
        };
        for (const item of items) table.items.set(itemKey(table, item), item);
        return table;
      }),
    );
    for (const { id, buckets = {} } of accounts)
      for (const [name, { objects = {}, open = false }] of Object.entries(buckets)) {
        const kept = Object.entries(objects).map(
          ([key, text]) =>
            [key, { content: Buffer.from(text), contentType: "text/plain", metadata: {}, at: now }] as const,
        );
        this.buckets.set(name, { name, account: id, open, objects: new Map(kept) });
      }
  }

  role(arn: string): RoleState | undefined {
    return this.roles.find(({ account, seed }) => arn === `arn:aws:iam::${account}:role/${seed.name}`);
  }
}

/** Where an item is kept: by its key attributes, as DynamoDB writes them. */
export function itemKey(
  { partitionKey, sortKey }: Pick<TableState, "partitionKey" | "sortKey">,
  item: Readonly<Record<string, object>>,
): string {
  return JSON.stringify([item[partitionKey], sortKey === undefined ? null : item[sortKey]]);
}
