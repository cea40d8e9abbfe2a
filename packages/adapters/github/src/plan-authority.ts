import {
  type Action,
  type Authority,
  type Catalogue,
  Refusal,
  findOperation,
  parseArguments,
} from "@watchword/core";
import { isRepositoryName } from "./names.ts";
import { routeOf } from "./routes.ts";

/**
 * The authority for a completed action: that call, by a token for that one repository with that operation's permissions.
 *
 * @throws Refusal `unknown_target`, `request_malformed`; `condition_failed` when something was not decided, which is so
 * when it was not found
 */
export function planAuthority(
  catalogue: Catalogue,
  action: Pick<Action, "system" | "operation" | "resource" | "arguments">,
): Authority {
  const entry = findOperation(catalogue, action.operation);
  if (entry === undefined)
    throw new Refusal("unknown_target", {
      detail: `github has no operation ${action.operation}`,
      failedFact: "action",
    });
  const { repository } = action.resource;
  if (repository === undefined || !isRepositoryName(repository))
    throw new Refusal("request_malformed", {
      detail: "the repository was not completed",
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
  const { repositoryId } = values;
  return {
    system: action.system,
    operation: entry.name,
    access: entry.access,
    resource: { repository },
    arguments: values,
    native: {
      repository_selection: "selected",
      repository_ids: typeof repositoryId === "string" ? [repositoryId] : [],
      permissions: routeOf(entry.name).permissions,
    },
  };
}
