import type { Authority, Residual } from "@watchword/core";
import type { JwtSettings } from "./jwt-options.ts";

/** Operation, tenant and arguments are in the token, so that time is all that is left over. */
export function describeResidual({ lifeSeconds }: JwtSettings, { operation }: Authority): Residual {
  return {
    summary: `a service that does not spend tokens could be asked for this very ${operation} again for up to ${lifeSeconds} s`,
    axes: ["time"],
    heldBy: "gateway",
  };
}
