import type { Authority, Residual } from "@watchword/core";
import { TOKEN_SECONDS } from "./token-seconds.ts";

/** What the token could do beyond its statement. It never leaves the gateway, and lives a minute. */
export function describeResidual({ resource }: Authority): Residual {
  const { account = "the account", role = "its role" } = resource;
  return {
    summary: `for up to ${TOKEN_SECONDS} s the token could run any statement that role ${role} may, in whatever warehouse and database that role reaches in ${account}; only the gateway holds it`,
    axes: ["operation", "warehouse", "database", "schema", "arguments", "time"],
    heldBy: "gateway",
  };
}
