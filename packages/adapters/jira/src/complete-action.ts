import { type Action, type Facts, Refusal, type Value, factAt } from "@watchword/core";
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
  const values = decided.map((name) => [name, decide(action, facts, name)] as const);
  return {
    resource: { ...action.resource, site: account, ...(key === undefined ? {} : { project: key }) },
    arguments: {
      ...action.arguments,
      ...Object.fromEntries(
        values.filter((entry): entry is readonly [string, Value] => entry[1] !== undefined),
      ),
    },
  };
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
