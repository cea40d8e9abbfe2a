import { type Action, type Facts, Refusal, factAt } from "@watchword/core";
import { ownNamespace } from "./own-namespace.ts";

/**
 * Fills in what the broker decides: the namespace, and which pod is meant by a name. Without facts that stays open, and the plan
 * refuses.
 *
 * @throws Refusal `tenant_mismatch` for another tenant's namespace; `condition_failed` when the action names another pod than the
 * one that is there now
 */
export function completeAction(
  action: Action,
  facts: Facts,
  account: string,
): Pick<Action, "resource" | "arguments"> {
  const namespace = ownNamespace(action.resource, account);
  const resource = { ...action.resource, namespace };
  const uid = action.operation === "pods.delete" ? factAt(facts.values, ["pod", "uid"]) : undefined;
  if (uid === undefined) return { resource, arguments: action.arguments };
  const named = action.arguments["uid"];
  // INVARIANT: the pod that somebody approved is the one that is deleted, not the next one of its name.
  if (named !== undefined && named !== uid)
    throw new Refusal("condition_failed", {
      detail: "the action names another pod than the one that is there now",
      failedFact: "argument:uid",
    });
  return { resource, arguments: { ...action.arguments, uid } };
}
