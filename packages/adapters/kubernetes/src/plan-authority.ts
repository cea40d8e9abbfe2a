import {
  type Action,
  type Authority,
  type Catalogue,
  Refusal,
  findOperation,
  parseArguments,
} from "@watchword/core";
import type { KubernetesSettings } from "./kubernetes-options.ts";
import { Label } from "./names.ts";
import { rightText } from "./right.ts";
import { routeOf } from "./routes.ts";
import { serviceAccountOf } from "./service-account.ts";

/**
 * The authority for a completed action: that call, by a token of the service account that may do this one thing in the namespace.
 *
 * @throws Refusal `unknown_target`, `request_malformed`; `condition_failed` when something was not decided, which is so when it was
 * not found
 */
export function planAuthority(
  settings: KubernetesSettings,
  catalogue: Catalogue,
  action: Pick<Action, "system" | "operation" | "resource" | "arguments">,
): Authority {
  const { right, operation } = routeOf(action.operation);
  const entry = findOperation(catalogue, operation);
  const namespace = Label.safeParse(action.resource["namespace"]);
  if (entry === undefined || !namespace.success)
    throw new Refusal("request_malformed", {
      detail: "the namespace was not completed",
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
    operation,
    access: entry.access,
    resource: { namespace: namespace.data },
    arguments: values,
    native: {
      serviceAccount: serviceAccountOf(settings, operation),
      audience: settings.audience,
      rights: [rightText(right)],
    },
  };
}
