import type { Authority, Residual } from "@watchword/core";
import type { HttpSettings } from "./http-declaration.ts";

/** What the connection's key could do beyond this call, until somebody rotates it. It never leaves the gateway. */
export function describeResidual(settings: HttpSettings, authority: Authority): Residual {
  const account = authority.resource["account"] ?? "the account";
  const shared = settings.tenancy === "shared";
  const reach =
    settings.tenancy === "key"
      ? `on ${account}`
      : shared
        ? `on ${account}, for every tenant in it`
        : `on ${account} and on every other account it reaches`;
  return {
    summary: `the key is static: it could do whatever it was issued for ${reach}, declared here or not, until it is rotated; only the gateway holds it`,
    axes: [
      ...(settings.tenancy === "key" ? [] : [shared ? "tenant" : "account"]),
      "operation",
      "object",
      "field",
      "time",
    ],
    heldBy: "gateway",
  };
}
