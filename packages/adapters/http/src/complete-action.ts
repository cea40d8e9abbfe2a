import { type Action, type Facts, Refusal, type Value, factAt } from "@watchword/core";
import type { AmountDeclaration } from "./argument-declaration.ts";
import type { HttpSettings } from "./http-declaration.ts";
import { type Route, findRoute } from "./route.ts";

/**
 * Fills in what an action leaves open: the account, and the currency of an amount that is the only one or a fact. Facts
 * about an object exist only when it is the tenant's; without them the amount stays as it was proposed, and the decision
 * refuses for the owner.
 *
 * @throws Refusal `tenant_mismatch` when the action names another account, or another tenant's object of a shared one;
 * `condition_failed` when the amount is in another currency than the object
 */
export function completeAction(
  settings: HttpSettings,
  routes: readonly Route[],
  action: Action,
  facts: Facts,
  account: string,
): Pick<Action, "resource" | "arguments"> {
  const named = action.resource["account"];
  if (named !== undefined && named !== account)
    throw new Refusal("tenant_mismatch", {
      detail: "the action names an account that is not the tenant's",
      failedFact: "tenant",
    });
  if (settings.tenancy === "shared") refuseForeign(facts);
  const route = findRoute(routes, action.operation);
  const completed = Object.entries(action.arguments).map(([name, value]) => {
    const declared = Object.hasOwn(route.arguments, name) ? route.arguments[name] : undefined;
    return [name, declared?.type === "money" ? decideCurrency(name, declared, value, facts) : value];
  });
  return {
    resource: { ...action.resource, account },
    arguments: Object.fromEntries(completed) as Action["arguments"],
  };
}

// INVARIANT: in a shared account nothing keeps tenants apart, so no grant may open what this looked up.
function refuseForeign(facts: Facts): void {
  if (Object.values(facts.owners).every((owner) => owner === "tenant")) return;
  throw new Refusal("tenant_mismatch", {
    detail: "the system does not say that the object is this tenant's",
    failedFact: "tenant",
  });
}

function decideCurrency(name: string, declared: AmountDeclaration, value: Value, facts: Facts): Value {
  if (typeof value !== "object" || Array.isArray(value)) return value;
  const amount = value as Readonly<Record<string, Value>>;
  const found =
    declared.currency === undefined ? undefined : factAt(facts.values, declared.currency.fact.split("."));
  const only = declared.currencies.length === 1 ? declared.currencies[0] : undefined;
  const code = declared.currency === undefined ? only : found;
  if (typeof code !== "string") return value;
  const currency = code.toUpperCase();
  if (!declared.currencies.includes(currency) || (amount["currency"] ?? currency) !== currency)
    throw new Refusal("condition_failed", {
      detail: `${name}: the system's currency is not a declared one, or the amount is in another`,
      failedFact: `argument:${name}`,
    });
  return { ...amount, currency };
}
