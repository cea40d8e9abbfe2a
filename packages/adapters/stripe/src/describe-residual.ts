import type { Authority, Residual } from "@watchword/core";
import { type FieldKind, routeOf } from "./routes.ts";
import type { StripeSettings } from "./stripe-options.ts";

const AMOUNTS: readonly FieldKind[] = ["amount", "money", "unsent"];

/** What the connection's key could do beyond this call, until somebody rotates it. It never leaves the gateway. */
export function describeResidual(settings: StripeSettings, authority: Authority): Residual {
  const connected = settings.tenancy === "connected-account";
  const account = authority.resource["account"] ?? "the account";
  const { deed, fields } = routeOf(authority.operation);
  const reach = connected
    ? `of ${account} and of every other account its platform reaches`
    : `of ${account}, whichever tenant it belongs to`;
  return {
    summary: `the key could ${deed} ${reach}, and do what else it was made for, until it is rotated; only the gateway holds it`,
    axes: [
      ...(connected ? ["account"] : ["tenant"]),
      "operation",
      "object",
      ...(Object.values(fields).some((kind) => AMOUNTS.includes(kind)) ? ["amount"] : []),
      "time",
    ],
    heldBy: "gateway",
  };
}
