import type { Authority, Residual } from "@watchword/core";
import type { StripeSettings } from "./stripe-options.ts";

/** What the connection's key could do beyond this call, until somebody rotates it. It never leaves the gateway. */
export function describeResidual(settings: StripeSettings, authority: Authority): Residual {
  const connected = settings.tenancy === "connected-account";
  const account = authority.resource["account"] ?? "the account";
  const verb =
    authority.operation === "refunds.create"
      ? "refund"
      : authority.operation === "refunds.cancel"
        ? "cancel any open refund of"
        : "read";
  const reach = connected
    ? `any charge of ${account} and of every other account its platform reaches`
    : `any charge of ${account}, whichever tenant it belongs to`;
  return {
    summary: `the key could ${verb} ${reach}, and do what else it was made for, until it is rotated; only the gateway holds it`,
    axes: [
      ...(connected ? ["account"] : ["tenant"]),
      "operation",
      "object",
      ...(authority.operation === "refunds.create" ? ["amount"] : []),
      "time",
    ],
    heldBy: "gateway",
  };
}
