import type { Action } from "@watchword/core";

/**
 * An action that waits for a person's yes, as plain JSON for the app's own store. It grants nothing: the broker checks
 * run, action and approval anew. `txn` belongs into that store, never into a log or to a model.
 */
export interface PendingAction {
  readonly approval_id: string;
  readonly txn: string;
  readonly tool: string;
  readonly call_id: string;
  readonly action: Action;
  /** Seconds between two questions, as the broker wishes. */
  readonly interval?: number;
}
