import { type Action, type Authority, Refusal, isMoney, parseArguments } from "@watchword/core";
import type { HttpSettings } from "./http-declaration.ts";
import { isHostLabel } from "./origin-of.ts";
import { isPathValue } from "./path-template.ts";
import { type Route, findRoute } from "./route.ts";

/**
 * The authority for a completed action: exactly that call on exactly that account. Nothing is minted per call, so there is
 * nothing native in it.
 *
 * @throws Refusal `unknown_target`, `request_malformed`; `condition_failed` for an amount whose currency was not decided
 */
export function planAuthority(
  settings: HttpSettings,
  routes: readonly Route[],
  action: Pick<Action, "system" | "operation" | "resource" | "arguments">,
): Authority {
  const route = findRoute(routes, action.operation);
  const account = action.resource["account"];
  if (account === undefined || !canStand(settings, account))
    throw new Refusal("request_malformed", {
      detail: "the account was not completed, or cannot stand where it belongs",
      failedFact: "resource",
    });
  const values = parseArguments(route.entry, action.arguments);
  for (const [name, declared] of Object.entries(route.arguments)) {
    if (declared.type === "money" && values[name] !== undefined && !isMoney(values[name]))
      throw new Refusal("condition_failed", {
        detail: `the currency of ${name} was not decided`,
        failedFact: `argument:${name}`,
      });
  }
  return {
    system: action.system,
    operation: route.entry.name,
    access: route.entry.access,
    resource: { account },
    arguments: values,
    native: {},
  };
}

function canStand({ tenancy }: HttpSettings, account: string): boolean {
  if (tenancy === "path") return isPathValue(account);
  return tenancy !== "subdomain" || isHostLabel(account);
}
