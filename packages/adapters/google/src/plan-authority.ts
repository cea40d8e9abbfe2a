import { type Action, type Authority, Refusal, findOperation, parseArguments } from "@watchword/core";
import { accessBoundary } from "./access-boundary.ts";
import { googleCatalogue } from "./catalogue.ts";
import { accountOf } from "./google-account.ts";
import type { GoogleSettings } from "./google-options.ts";

/**
 * The authority for a completed action, with the access boundary that says the same to Google.
 *
 * @throws Refusal `unknown_target`, `request_malformed`, `configuration_invalid`
 */
export function planAuthority(
  settings: GoogleSettings,
  action: Pick<Action, "system" | "operation" | "resource" | "arguments">,
): Authority {
  const entry = operationOf(action.operation);
  const { account } = action.resource;
  if (account === undefined)
    throw new Refusal("request_malformed", {
      detail: "google: the account was not completed",
      failedFact: "resource",
    });
  const values = parseArguments(entry, action.arguments);
  return {
    system: action.system,
    operation: entry.name,
    access: entry.access,
    resource: { account },
    arguments: values,
    native: {
      ...accessBoundary(accountOf(settings, account), { operation: entry.name, arguments: values }),
      life_seconds: settings.lifeSeconds,
    },
  };
}

/** The catalogue's entry. @throws Refusal `unknown_target` */
export function operationOf(name: string) {
  const entry = findOperation(googleCatalogue, name);
  if (entry === undefined)
    throw new Refusal("unknown_target", { detail: "google: no such operation", failedFact: "action" });
  return entry;
}
