import type { LedgerEntry, Store } from "@watchword/core";
import { type Policy, definePolicy } from "@watchword/policy";

/** The policy that this process decides by, and the epoch that it had when it was read. */
export interface ActivePolicy {
  readonly policy: Policy;
  readonly epoch: number;
  /**
   * Reads the active policy anew when another process activated one. Only a convenience: a decision by an older one is
   * void in the intent's transaction, whatever this process knows.
   */
  refresh(): Promise<void>;
  /** Makes a policy the active one everywhere. */
  activate(policy: Policy, entry: LedgerEntry): Promise<void>;
}

/** Begins with a policy that is active already. */
export function activePolicy(store: Store, policy: Policy, epoch: number): ActivePolicy {
  let current = { policy, epoch };
  return {
    get policy() {
      return current.policy;
    },
    get epoch() {
      return current.epoch;
    },
    async refresh() {
      const { policy: now } = await store.epochs(["policy"]);
      if (now === current.epoch) return;
      const stored = await store.activePolicy();
      if (stored === undefined || stored.epoch === current.epoch) return;
      // What does not load any more (another version of this software wrote it) leaves the old one, which decides nothing:
      // its epoch is void.
      current = { policy: compileStored(stored.document), epoch: stored.epoch };
    },
    async activate(next, entry) {
      const raised = await store.activatePolicy(next.version, next.canonical, entry);
      current = { policy: next, epoch: raised };
    },
  };
}

/** A policy from its canonical text. @throws PolicyInvalid */
export function compileStored(document: string): Policy {
  return definePolicy(JSON.parse(document) as Parameters<typeof definePolicy>[0]);
}
