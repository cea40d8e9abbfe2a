import type { Authority, Residual } from "@watchword/core";
import type { OauthSettings } from "./oauth-options.ts";
import { scopesOf } from "./plan-authority.ts";

/** What a token could do beyond its action, until it ends. */
export function describeResidual(settings: OauthSettings, authority: Authority): Residual {
  const { details, revocationEndpoint, lifeSeconds, dpop } = settings.authorization;
  const until = `for up to ${lifeSeconds} s${revocationEndpoint === undefined ? "" : ", unless it is revoked before"}`;
  if (details !== undefined)
    return {
      summary: `an API that does not spend tokens could be asked for this very ${authority.operation} again ${until}`,
      axes: ["time"],
      heldBy: "gateway",
    };
  const scopes = scopesOf(settings, authority.operation).join(" ");
  return {
    summary: `the token could do whatever the scopes ${scopes} allow the client, on every account and object that it reaches, ${until}${dpop ? "; it is bound to a key that only the gateway has" : ""}`,
    axes: ["account", "operation", "object", "field", "time"],
    heldBy: "gateway",
  };
}
