import type { LedgerEntry, LedgerRecord } from "./ledger-entry.ts";
import type { LeaseRecord } from "./lease-record.ts";
import type { FrozenSubject, RunRecord } from "./store.ts";

/** One page of a listing in the order of its keys. */
export interface Page {
  /** Key of the last item of the page before; left out for the first page. */
  readonly after?: string;
  /** 1 to 1,000; one beyond counts as the nearest of them. */
  readonly limit: number;
}

/**
 * The part of a store that operators look through and act on. None of it stands in the way of a tool call, and what a
 * listing costs depends on the page, never on how much was recorded before.
 */
export interface OperatorStore {
  /**
   * Recorded decisions, the latest first (their ids begin with their time): each decision's own record, which is its
   * earliest of kind `decision` or `intent`. `before`: id of a decision to go on after. `limit` as in {@link Page}.
   */
  decisions(of: {
    readonly tenant?: string;
    readonly before?: string;
    readonly limit: number;
  }): Promise<readonly LedgerRecord[]>;
  /** The records of one decision in the order of their times, the first 1,000 of them. */
  decisionRecords(decisionId: string): Promise<readonly LedgerRecord[]>;
  /**
   * Ids of the decisions whose outcome named an object at a system: who refunded `re_…`? The latest first, 1,000 at most. An
   * id of more than 512 characters is not found this way.
   */
  decisionsOfObject(system: string, objectId: string): Promise<readonly string[]>;

  /** Leases that are active, in the order of their ids: those, too, whose end is due. */
  activeLeases(page: Page & { readonly tenant?: string }): Promise<readonly LeaseRecord[]>;
  /** Makes an active lease's end due at once, so that nothing uses it from now on; `false` when it is over, or was never there. */
  expireLease(id: string, now: number, entry: LedgerEntry): Promise<boolean>;
  /** Runs that live at `now`, in the order of their ids. One page costs as much as there are living ones. */
  livingRuns(page: Page & { readonly tenant?: string; readonly now: number }): Promise<readonly RunRecord[]>;
  /** Everything that is frozen now. */
  frozenSubjects(): Promise<readonly FrozenSubject[]>;
  /** Ids of registered tenants, in their order. */
  tenantIds(page: Page): Promise<readonly string[]>;

  /**
   * Erases what is kept beside a record; the chain stays as it is and verifies. `false` when nothing was there: erased before,
   * or never kept.
   */
  erasePersonal(replica: string, sequence: number, entry: LedgerEntry): Promise<boolean>;
}
