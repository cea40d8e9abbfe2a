import { type LeaseRecord, type Minted, numericDate } from "@watchword/core";
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

/** NumericDate to which a lease that begins now may be prolonged: the earliest of grant, approval and the credential itself. */
export function jobEnd(
  { clock }: Pick<BrokerContext, "clock">,
  { permission, approval }: Pick<AllowedAction, "permission" | "approval">,
  { nativeExpiresAt }: Pick<Minted, "nativeExpiresAt">,
): number {
  return Math.min(
    numericDate(clock) + (permission.jobSeconds ?? 0),
    approval?.expiresAt ?? Infinity,
    nativeExpiresAt ?? Infinity,
  );
}

/** Seconds that an answer under way has beyond the end of its lease; none once that was ended before its time. */
export function graceOf({ grace, expiresAt }: Pick<LeaseRecord, "grace" | "expiresAt">): number {
  return grace?.end === expiresAt ? grace.seconds : 0;
}
