import { type Action, type Facts, Refusal, factAt } from "@watchword/core";
import { findAnyOperation, isByHandle } from "./find-operation.ts";
import { RESOURCE } from "./resource.ts";
import type { SnowflakeSettings } from "./snowflake-options.ts";

/**
 * Fills in where the statement runs, and of a handle the decision that it comes from. Without the fact that the run sent it, the
 * decision stays open, and nothing is planned.
 *
 * @throws Refusal `tenant_mismatch` when the action names another account, role, warehouse, database or schema;
 * `condition_failed` when it names another decision
 */
export function completeAction(
  settings: SnowflakeSettings,
  action: Action,
  facts: Facts,
  account: string,
): Pick<Action, "resource" | "arguments"> {
  const resource = Object.fromEntries(
    Object.keys(RESOURCE).map((field) => {
      const known = field === "account" ? account : factAt(facts.values, ["place", field]);
      return [field, typeof known === "string" ? known : ""];
    }),
  );
  for (const [field, named] of Object.entries(action.resource))
    if (resource[field] !== named)
      throw new Refusal("tenant_mismatch", {
        detail: `the action names another ${field} than the tenant's`,
        failedFact: "tenant",
      });
  if (!isByHandle(findAnyOperation(settings, action.operation)))
    return { resource, arguments: action.arguments };
  const { decision: named, ...others } = action.arguments;
  const decision = factAt(facts.values, ["origin", "decision"]);
  if (named !== undefined && named !== decision)
    throw new Refusal("condition_failed", {
      detail: "the handle does not come from the decision that is named",
      failedFact: "argument:decision",
    });
  return { resource, arguments: typeof decision === "string" ? { ...others, decision } : others };
}
