import type { Authority, Residual } from "@watchword/core";
import type { SalesforceSettings } from "./salesforce-options.ts";

/** What the token could do beyond its action: Salesforce binds it to an org and a user, never to an object, a record or a verb. */
export function describeResidual({ tokenMinutes }: SalesforceSettings, authority: Authority): Residual {
  const org = authority.resource["org"] ?? "the org";
  const span = tokenMinutes === 1 ? "a minute" : `${tokenMinutes} minutes`;
  return {
    summary: `the token could do all that its user may by API, with every object and record of ${org}, for up to ${span}; only the gateway holds it`,
    axes: ["operation", "object", "record", "field", "time"],
    heldBy: "gateway",
  };
}
