import { Refusal, type Store } from "@watchword/core";
import type { ServerMetrics } from "./server-metrics.ts";

/** Methods that change nothing. Every other one is a write: a method that is not known here waits for durability. */
const READ_NAMES: readonly Exclude<keyof Store, symbol>[] = [
  "activeLeases",
  "activePolicy",
  "approval",
  "approvalsDue",
  "checkpoints",
  "connections",
  "decisionRecords",
  "decisions",
  "decisionsOfObject",
  "epochs",
  "evidence",
  "frozen",
  "frozenSubjects",
  "lease",
  "leaseByHandle",
  "leasesDue",
  "ledger",
  "ledgerHeads",
  "livingRuns",
  "openIntents",
  "pendingApprovals",
  "pendingEverywhere",
  "personal",
  "policy",
  "policyHistory",
  "receiptOf",
  "run",
  "tenantIds",
];
const READS: ReadonlySet<string> = new Set(READ_NAMES);

type Method = (...values: readonly unknown[]) => unknown;

/** The same store, counted: how long it takes, what it cannot write, which leases begin and end. It changes no answer. */
export function measureStore(store: Store, metrics: ServerMetrics): Store {
  const methods = new Map<PropertyKey, unknown>();
  return new Proxy({} as Store, {
    get: (_nothing, name) => {
      if (!methods.has(name)) methods.set(name, measured(store, name, metrics));
      return methods.get(name);
    },
  });
}

function measured(store: Store, name: PropertyKey, metrics: ServerMetrics): unknown {
  const value: unknown = Reflect.get(store, name, store);
  if (typeof value !== "function") return value;
  const method = (value as Method).bind(store);
  if (typeof name !== "string") return method;
  const operation = READS.has(name) ? "read" : "write";
  return async (...values: readonly unknown[]): Promise<unknown> => {
    const begun = metrics.now();
    try {
      const answer = await method(...values);
      noteLease(name, values, metrics);
      return answer;
    } catch (error) {
      if (operation === "write" && couldNotWrite(error)) metrics.appendFailed();
      throw error;
    } finally {
      metrics.storeAsked(operation, metrics.now() - begun);
    }
  };
}

function noteLease(name: string, values: readonly unknown[], metrics: ServerMetrics): void {
  if (name === "recordMint") {
    const [mint] = values as Parameters<Store["recordMint"]>;
    if (mint.minted) metrics.leaseOpened(mint.lease);
  }
  if (name === "endLease") {
    const [id, outcome, , entry] = values as Parameters<Store["endLease"]>;
    const { system } = entry.body;
    metrics.leaseEnded(id, typeof system === "string" ? system : undefined, outcome);
  }
}

/** Refused for what was asked is no failure of the store. */
function couldNotWrite(error: unknown): boolean {
  const { reason } = Refusal.from(error, "internal");
  return reason === "ledger_unavailable" || reason === "internal";
}
