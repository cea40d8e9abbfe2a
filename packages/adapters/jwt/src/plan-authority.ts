import { type Action, type Authority, Refusal, digestOf, parseArguments } from "@watchword/core";
import type { JwtSettings } from "./jwt-options.ts";
import { pathText } from "./path-value.ts";
import { findRoute } from "./service-route.ts";

/**
 * The authority for a completed action: that operation with those arguments for that tenant, by a token for the one audience.
 *
 * @throws Refusal `unknown_target`, `request_malformed`
 */
export function planAuthority(
  { operations, audience, lifeSeconds }: JwtSettings,
  action: Pick<Action, "system" | "operation" | "resource" | "arguments">,
): Authority {
  const { entry, segments } = findRoute(operations, action.operation);
  const { tenant } = action.resource;
  if (tenant === undefined)
    throw new Refusal("request_malformed", {
      detail: "the tenant was not completed",
      failedFact: "resource",
    });
  const values = parseArguments(entry, action.arguments);
  for (const segment of segments)
    if ("argument" in segment && pathText(values[segment.argument]) === undefined)
      throw new Refusal("request_malformed", {
        detail: `${segment.argument} cannot stand in a path as it is`,
        failedFact: `argument:${segment.argument}`,
      });
  return {
    system: action.system,
    operation: entry.name,
    access: entry.access,
    resource: { tenant },
    arguments: values,
    native: { audience, arguments_digest: digestOf(values), life_seconds: lifeSeconds },
  };
}
