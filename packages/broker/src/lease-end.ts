import { numericDate } from "@watchword/core";
import type { AllowedAction } from "./allowed-action.ts";
import type { BrokerContext } from "./broker-context.ts";

/** NumericDate at which a lease that begins now ends: the earliest of grant, approval and run. */
export function leaseEnd(
  { clock }: Pick<BrokerContext, "clock">,
  { decided, permission, approval }: Pick<AllowedAction, "decided" | "permission" | "approval">,
): number {
  return Math.min(
    numericDate(clock) + permission.leaseSeconds,
    decided.assertion.run.claims.exp,
    approval?.expiresAt ?? Infinity,
  );
}
