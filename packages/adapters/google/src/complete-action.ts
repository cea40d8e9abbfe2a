import { type Action, Refusal } from "@watchword/core";

/**
 * Fills in the account, from the connection alone. Nothing else is open.
 *
 * @throws Refusal `tenant_mismatch` when the action names another account; `request_malformed` for a field that there is not
 */
export function completeAction(action: Action, account: string): Pick<Action, "resource" | "arguments"> {
  const { account: named, ...others } = action.resource;
  if (named !== undefined && named !== account)
    throw new Refusal("tenant_mismatch", {
      detail: "google: the action names an account that is not the tenant's",
      failedFact: "tenant",
    });
  if (Object.keys(others).length > 0)
    throw new Refusal("request_malformed", {
      detail: "google: a resource is its account alone",
      failedFact: "resource",
    });
  return { resource: { account }, arguments: action.arguments };
}
