import { type Action, type Facts, Refusal, type Value, type ValueMap, factAt } from "@watchword/core";
import { READABLE } from "./operation-fields.ts";
import { ownProject } from "./own-project.ts";

/** Where each decided argument is read. */
const READ_FROM: Readonly<Record<string, readonly string[]>> = {
  issueId: ["issue", "id"],
  currentStatus: ["issue", "status"],
  issueType: ["issue", "type"],
  projectId: ["project", "id"],
  to: ["transition", "to"],
};

/**
 * Fills in what the broker decides: the project that the issue is in, the ids that show it was looked up, where a transition
 * leads, and which fields are shown. Without facts they stay open, and the plan refuses.
 *
 * @throws Refusal `tenant_mismatch` for a project of another site; `condition_failed` when the action names another project,
 * id or status than was read
 */
export function completeAction(
  action: Action,
  facts: Facts,
  account: string,
  decided: readonly string[],
): Pick<Action, "resource" | "arguments"> {
  const named = ownProject(action.resource, account);
  const read = factAt(facts.values, ["project", "key"]);
  if (typeof read === "string" && named !== undefined && named !== read)
    throw new Refusal("condition_failed", {
      detail: "the action names another project than Jira does: the issue or the project's key moved",
      failedFact: "resource",
    });
  const key = typeof read === "string" ? read : named;
  return {
    resource: { ...action.resource, site: account, ...(key === undefined ? {} : { project: key }) },
    arguments: decideAll(action, facts, decided),
  };
}

/** INVARIANT: what was not read is not there, whatever the action says it is: a named id is no look-up. */
function decideAll(action: Action, facts: Facts, decided: readonly string[]): ValueMap {
  const values: Record<string, Value> = { ...action.arguments };
  for (const name of decided) {
    const value = decide(action, facts, name);
    if (value === undefined) delete values[name];
    else values[name] = value;
  }
  return values;
}

function decide(action: Action, facts: Facts, name: string): Value | undefined {
  const named = action.arguments[name];
  // What shows another issue is shown only to who was granted that one, so “all” is never Jira's own all.
  if (name === "fields") return named ?? READABLE;
  const path = READ_FROM[name];
  const read = path === undefined ? undefined : factAt(facts.values, path);
  if (read !== undefined && named !== undefined && named !== read)
    throw new Refusal("condition_failed", {
      detail: `the action names another ${name} than the one that is there now`,
      failedFact: `argument:${name}`,
    });
  return read;
}
