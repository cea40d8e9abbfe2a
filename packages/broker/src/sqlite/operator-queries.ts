import type { FrozenSubject, LeaseRecord, LedgerRecord, OperatorStore, RunRecord } from "@watchword/core";
import type { Awaitable } from "./store-queries.ts";

type Listed<Name extends keyof OperatorStore> = Parameters<OperatorStore[Name]>[0];

/** What operators look through. A page ends where the caller says, and its rows are found by an index. */
export interface OperatorQueries {
  decisions(of: Listed<"decisions">): Awaitable<readonly LedgerRecord[]>;
  decisionRecords(decisionId: string, limit: number): Awaitable<readonly LedgerRecord[]>;
  decisionsOfObject(system: string, objectId: string, limit: number): Awaitable<readonly string[]>;
  activeLeases(page: Listed<"activeLeases">): Awaitable<readonly LeaseRecord[]>;
  livingRuns(page: Listed<"livingRuns">): Awaitable<readonly RunRecord[]>;
  frozenSubjects(): Awaitable<readonly FrozenSubject[]>;
  tenantIds(page: Listed<"tenantIds">): Awaitable<readonly string[]>;
}

/** Comes after every id: no text has a greater character. */
export const AFTER_ALL_IDS = "\u{10FFFF}";
