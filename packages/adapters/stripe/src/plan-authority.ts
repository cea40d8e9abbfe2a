import {
  type Action,
  type Authority,
  type Catalogue,
  Refusal,
  findOperation,
  isMoney,
  parseArguments,
} from "@watchword/core";

/**
 * The authority for a completed action: exactly that call on exactly that account. Stripe mints nothing per call, so
 * there is nothing native in it.
 *
 * @throws Refusal `unknown_target`, `request_malformed`; `condition_failed` for an amount that was not decided
 */
export function planAuthority(
  catalogue: Catalogue,
  action: Pick<Action, "system" | "operation" | "resource" | "arguments">,
): Authority {
  const entry = findOperation(catalogue, action.operation);
  if (entry === undefined)
    throw new Refusal("unknown_target", {
      detail: `stripe has no operation ${action.operation}`,
      failedFact: "action",
    });
  const account = action.resource["account"];
  if (account === undefined)
    throw new Refusal("request_malformed", {
      detail: "the account was not completed",
      failedFact: "resource",
    });
  const values = parseArguments(entry, action.arguments);
  for (const name of entry.decided) {
    const amount = values[name];
    // Without an amount Stripe would move whatever is left at that moment.
    if (isMoney(amount) && amount.minor > 0) continue;
    throw new Refusal("condition_failed", {
      detail: `${name} was not decided`,
      failedFact: `argument:${name}`,
    });
  }
  return {
    system: action.system,
    operation: entry.name,
    access: entry.access,
    resource: { account },
    arguments: values,
    native: {},
  };
}
