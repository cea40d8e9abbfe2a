import type { Action } from "@watchword/core";
import { ownNamespace } from "./own-namespace.ts";

/**
 * Fills in the namespace. Nothing else is the broker's to decide here.
 *
 * @throws Refusal `tenant_mismatch` for another tenant's namespace
 */
export function completeAction(action: Action, account: string): Pick<Action, "resource" | "arguments"> {
  const namespace = ownNamespace(action.resource, account);
  return { resource: { ...action.resource, namespace }, arguments: action.arguments };
}
