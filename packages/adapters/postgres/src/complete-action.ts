import { type Action, Refusal } from "@watchword/core";

/**
 * Fills in whose rows an action is about. Nothing else is open.
 *
 * @throws Refusal `tenant_mismatch` when the action names another tenant; `request_malformed` for a field that rows have not
 */
export function completeAction(action: Action, account: string): Pick<Action, "resource" | "arguments"> {
  const { tenant, ...others } = action.resource;
  if (tenant !== undefined && tenant !== account)
    throw new Refusal("tenant_mismatch", {
      detail: "the action names rows that are not the tenant's",
      failedFact: "tenant",
    });
  if (Object.keys(others).length > 0)
    throw new Refusal("request_malformed", {
      detail: "the resource of rows is their tenant alone",
      failedFact: "resource",
    });
  return { resource: { tenant: account }, arguments: action.arguments };
}
