import type { Authority, Residual } from "@watchword/core";
import type { AwsSettings } from "./aws-options.ts";

/** Arguments that no session policy can hold: what is written, and where a page begins. */
export const GATEWAY_AXES = ["content", "contentType", "continuation"] as const;

/** Action, resource and account are in the session policy; what is written with them is not, nor how often. */
export function describeResidual(
  { lifeSeconds }: AwsSettings,
  { operation, arguments: values }: Authority,
): Residual {
  const open = GATEWAY_AXES.filter((axis) => Object.hasOwn(values, axis));
  const other = open.length === 0 ? "" : `, with other ${open.join(" and ")}`;
  return {
    summary: `for up to ${lifeSeconds} s this very ${operation} can be repeated${other}, and whatever a policy of the resource itself grants to everybody`,
    axes: ["time", ...open],
    heldBy: "gateway",
  };
}
