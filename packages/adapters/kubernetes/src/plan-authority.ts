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
 * @throws Refusal `unknown_target`, `request_malformed`
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
  return {
    system: action.system,
    operation,
    access: entry.access,
    resource: { namespace: namespace.data },
    arguments: parseArguments(entry, action.arguments),
    native: {
      serviceAccount: serviceAccountOf(settings, operation),
      audience: settings.audience,
      rights: [rightText(right)],
    },
  };
}
