import type { Authority, Residual } from "@watchword/core";
import type { AzureSettings } from "./azure-options.ts";
import { stepOf } from "./plan-authority.ts";

/** What an app's token could do beyond its action, until it ends. It never leaves the gateway. */
export function describeResidual(settings: AzureSettings, authority: Authority): Residual {
  const { apps, resource, lifeSeconds } = settings.entra;
  const roles = apps[stepOf(settings, authority.operation)]?.roles.join(", ") ?? "";
  return {
    summary: `the token could do whatever ${roles} allows at ${resource}, on every account and object there, for up to ${Math.ceil(lifeSeconds / 60)} minutes; Entra can end none, and only the gateway holds it`,
    axes: ["account", "operation", "object", "field", "time"],
    heldBy: "gateway",
  };
}
