import { type Parameters, readInteger } from "./parameters.ts";
import { RESOURCES, type Resource } from "./resources.ts";
import { StripeProblem, missingObject } from "./stripe-problem.ts";

/** Names of the parameters that every list takes. */
export const PAGE_PARAMETERS = ["limit", "starting_after", "ending_before"] as const;

/** One page of a list, newest first, in Stripe's shape. */
export function listPage(
  resource: Resource,
  oldestFirst: readonly { readonly id: string }[],
  parameters: Parameters,
): object {
  const limit = readInteger(parameters, "limit") ?? 10;
  if (limit > 100)
    throw new StripeProblem(400, {
      code: "parameter_invalid_integer",
      message: "This value must be less than or equal to 100.",
      param: "limit",
    });
  const entries = oldestFirst.toReversed();
  const after = parameters.plain.get("starting_after");
  const before = parameters.plain.get("ending_before");
  if (after !== undefined && before !== undefined)
    throw new StripeProblem(400, {
      message: "You may only specify one of these parameters: starting_after, ending_before.",
    });
  const url = `/v1/${resource}`;
  if (before !== undefined) {
    const end = position(resource, entries, before, "ending_before");
    const start = Math.max(0, end - limit);
    return { object: "list", url, has_more: start > 0, data: entries.slice(start, end) };
  }
  const start = after === undefined ? 0 : position(resource, entries, after, "starting_after") + 1;
  return {
    object: "list",
    url,
    has_more: entries.length > start + limit,
    data: entries.slice(start, start + limit),
  };
}

function position(
  resource: Resource,
  entries: readonly { readonly id: string }[],
  id: string,
  param: string,
): number {
  const index = entries.findIndex((entry) => entry.id === id);
  if (index === -1) throw missingObject(RESOURCES[resource].kind, id, param, 400);
  return index;
}
