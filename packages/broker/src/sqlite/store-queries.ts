import type { Store } from "@watchword/core";
import type { OperatorQueries } from "./operator-queries.ts";

/** What a query gives: at once, or later. */
export type Awaitable<Value> = Value | Promise<Value>;

type Read =
  | "epochs"
  | "run"
  | "frozen"
  | "evidence"
  | "approval"
  | "pendingApprovals"
  | "pendingEverywhere"
  | "approvalsDue"
  | "openIntents"
  | "lease"
  | "leaseByHandle"
  | "leasesDue"
  | "connections"
  | "policy"
  | "activePolicy"
  | "policyHistory"
  | "personal"
  | "ledgerHeads"
  | "checkpoints";

/** What only reads; each finds its rows by a key. */
export type StoreQueries = {
  readonly [Name in Read]: (...args: Parameters<Store[Name]>) => Awaitable<Awaited<ReturnType<Store[Name]>>>;
} & {
  ledger(replica: string, after: number, limit: number): Awaitable<Awaited<ReturnType<Store["ledger"]>>>;
  readonly operators: OperatorQueries;
  close(): Awaitable<void>;
};
