import { type Action, Refusal } from "@watchword/core";

/**
 * Fills in the tenant, as the service knows it. Nothing else is open: what an action leaves out, the token leaves out.
 *
 * @throws Refusal `tenant_mismatch` when the action names another tenant; `request_malformed` for a field that services have not
 */
export function completeAction(action: Action, account: string): Pick<Action, "resource" | "arguments"> {
  const { tenant, ...others } = action.resource;
  if (tenant !== undefined && tenant !== account)
    throw new Refusal("tenant_mismatch", {
      detail: "the action names a tenant of the service that is not the run's",
      failedFact: "tenant",
    });
  if (Object.keys(others).length > 0)
    throw new Refusal("request_malformed", {
      detail: "a service's resource is its tenant alone",
      failedFact: "resource",
    });
  return { resource: { tenant: account }, arguments: action.arguments };
}
