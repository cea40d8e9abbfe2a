import {
  type Action,
  type Authority,
  type Catalogue,
  Refusal,
  findOperation,
  parseArguments,
} from "@watchword/core";
import type { JiraSettings } from "./jira-options.ts";

/**
 * The authority for a completed action: that call, by a token that may do no more than read where the call reads.
 *
 * @throws Refusal `unknown_target`, `request_malformed`; `condition_failed` when something was not decided, which is so
 * when it was not found
 */
export function planAuthority(
  settings: JiraSettings,
  catalogue: Catalogue,
  action: Pick<Action, "system" | "operation" | "resource" | "arguments">,
): Authority {
  const entry = findOperation(catalogue, action.operation);
  if (entry === undefined)
    throw new Refusal("unknown_target", {
      detail: `jira has no operation ${action.operation}`,
      failedFact: "action",
    });
  const { site, project } = action.resource;
  if (site === undefined || project === undefined)
    throw new Refusal("request_malformed", {
      detail: "site or project was not completed; a search and a new issue name their project",
      failedFact: "resource",
    });
  const values = parseArguments(entry, action.arguments);
  for (const name of entry.decided) {
    if (values[name] === undefined)
      throw new Refusal("condition_failed", {
        detail: `${name} was not decided: what it would be read from is not there`,
        failedFact: `argument:${name}`,
      });
  }
  return {
    system: action.system,
    operation: entry.name,
    access: entry.access,
    resource: { site, project },
    arguments: values,
    native: { scopes: settings.scopes[entry.access].toSorted() },
  };
}
