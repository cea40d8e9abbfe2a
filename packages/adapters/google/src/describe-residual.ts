import type { Authority, Residual } from "@watchword/core";
import type { GoogleSettings } from "./google-options.ts";

/** Arguments that no access boundary can hold: what is written, and where a page begins. */
export const OPEN = ["content", "contentType", "generation", "limit", "page"] as const;
/** What else the narrowest role of an operation allows on the same object. */
const BESIDES: Readonly<Record<string, string>> = {
  "storage.objects.list": ", and the bucket's own settings be read",
  "storage.objects.replace": ", and the object be read, deleted or given other metadata",
  "storage.objects.delete": ", and the object be read, written or given other metadata",
};

/** Bucket, object and role are in the token; what is written with them is not, nor how often. */
export function describeResidual(
  { lifeSeconds }: GoogleSettings,
  { operation, arguments: values }: Authority,
): Residual {
  const open = OPEN.filter((axis) => Object.hasOwn(values, axis));
  const other = open.length === 0 ? "" : `, with another ${open.join(" and ")}`;
  const besides = BESIDES[operation] ?? "";
  return {
    summary: `for up to ${lifeSeconds} s this very ${operation} can be repeated${other}${besides}`,
    axes: [...(besides === "" ? [] : ["operation"]), "time", ...open],
    heldBy: "gateway",
  };
}
