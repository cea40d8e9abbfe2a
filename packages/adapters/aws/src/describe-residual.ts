import type { Authority, Residual } from "@watchword/core";
import type { AwsSettings } from "./aws-options.ts";

/** Arguments that no session policy can hold: what is written, on what condition, and where a page begins. */
const OPEN = ["content", "contentType", "continuation", "attributes", "replace"] as const;

/** The arguments that only the gateway compares. In a shared account an item is one of the tenant's partition, which AWS compares. */
export const gatewayAxes = ({ tenancy }: Pick<AwsSettings, "tenancy">): readonly string[] =>
  tenancy === "prefix" ? [...OPEN, "item"] : OPEN;

/** Action, resource and account are in the session policy; what is written with them is not, nor how often. */
export function describeResidual(
  settings: AwsSettings,
  { operation, arguments: values }: Authority,
): Residual {
  const open = gatewayAxes(settings).filter((axis) => Object.hasOwn(values, axis));
  const other = open.length === 0 ? "" : `, with another ${open.join(" and ")}`;
  return {
    summary: `for up to ${settings.lifeSeconds} s this very ${operation} can be repeated${other}, and whatever a policy of the resource itself grants to everybody`,
    axes: ["time", ...open],
    heldBy: "gateway",
  };
}
