import { type Action, type Authority, Refusal, isMoney, parseArguments } from "@watchword/core";
import { isOrgHost } from "./org-host.ts";
import { type RecordRoute, findRoute } from "./record-operations.ts";
import type { SalesforceSettings } from "./salesforce-options.ts";

/**
 * The authority for a completed action: that call on that org, by a token with the declared scopes and life and no others.
 *
 * @throws Refusal `unknown_target`, `request_malformed`; `condition_failed` when fields or a currency were not decided
 */
export function planAuthority(
  settings: SalesforceSettings,
  routes: readonly RecordRoute[],
  action: Pick<Action, "system" | "operation" | "resource" | "arguments">,
): Authority {
  const { entry, declared } = findRoute(routes, action.operation);
  const { org } = action.resource;
  if (!isOrgHost(org))
    throw new Refusal("request_malformed", {
      detail: "the org was not completed, or is not a My Domain host",
      failedFact: "resource",
    });
  const values = parseArguments(entry, action.arguments);
  const undecided =
    entry.decided.find((name) => values[name] === undefined) ??
    Object.keys(values).find((name) => declared.fields[name]?.type === "money" && !isMoney(values[name]));
  if (undecided !== undefined)
    throw new Refusal("condition_failed", {
      detail: `${undecided} was not decided`,
      failedFact: `argument:${undecided}`,
    });
  return {
    system: action.system,
    operation: entry.name,
    access: entry.access,
    resource: { org },
    arguments: values,
    native: { scopes: settings.scopes.toSorted(), life_seconds: settings.tokenMinutes * 60 },
  };
}
