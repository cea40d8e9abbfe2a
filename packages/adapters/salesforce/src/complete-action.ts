import { type Action, Refusal, type Value, type ValueMap } from "@watchword/core";
import { type RecordRoute, findRoute, shownFields } from "./record-operations.ts";

/**
 * Fills in what an action leaves open: the org, the fields of a read that names none, and the currency of an amount.
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
  const route = findRoute(routes, action.operation);
  const shown = shownFields(route);
  const open = shown !== undefined && action.arguments["fields"] === undefined;
  const values: ValueMap = open ? { ...action.arguments, fields: shown } : action.arguments;
  return {
    resource: { ...action.resource, org: account },
    arguments: Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, withCurrency(route, name, value)]),
    ),
  };
}

function withCurrency({ declared }: RecordRoute, name: string, value: Value): Value {
  const type = Object.hasOwn(declared.fields, name) ? declared.fields[name] : undefined;
  if (type?.type !== "money" || typeof value !== "object" || Array.isArray(value)) return value;
  return { currency: type.currency, ...(value as ValueMap) };
}
