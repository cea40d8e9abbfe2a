import { digestOf } from "@watchword/core";
import type { AllowedAction } from "./allowed-action.ts";

/**
 * H(tenant, thread, effect), by which the downstream knows the same effect again: the decision's id is not in it, so a second
 * decision about the same effect repeats the key.
 */
export function effectKey({ decided, permission }: Pick<AllowedAction, "decided" | "permission">): string {
  const { action, run } = decided.assertion;
  return digestOf([run.record.tenant, run.record.thread, permission.once?.key ?? action.txn]);
}
