import { type Action, Refusal } from "@watchword/core";
import { type RecordRoute, findRoute, shownFields } from "./record-operations.ts";

/**
 * Fills in what an action leaves open: the org, and the fields of a read that names none.
 *
 * @throws Refusal `tenant_mismatch` when the action names another org
 */
export function completeAction(
  routes: readonly RecordRoute[],
  action: Action,
  account: string,
): Pick<Action, "resource" | "arguments"> {
  const named = action.resource["org"];
  if (named !== undefined && named !== account)
    throw new Refusal("tenant_mismatch", {
      detail: "the action names an org that is not the tenant's",
      failedFact: "tenant",
    });
  const shown = shownFields(findRoute(routes, action.operation));
  const open = shown !== undefined && action.arguments["fields"] === undefined;
  return {
    resource: { ...action.resource, org: account },
    arguments: open ? { ...action.arguments, fields: shown } : action.arguments,
  };
}
