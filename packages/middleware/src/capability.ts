import type { Capability, Limit, OperationReference } from "@watchword/core";

/** What a {@link capability} is narrowed to. */
export interface CapabilityBounds {
  /** Values that each named resource field may have; a field that is left out is not bounded. */
  readonly resource?: Readonly<Record<string, readonly string[]>>;
  /** Bounds on arguments: a largest amount, or a set of strings. */
  readonly limits?: Readonly<Record<string, Limit>>;
}

/**
 * One line of a ceiling, for `runtime.run` and `delegate`: an operation, on these resources, within these limits.
 *
 * @example
 * ```ts
 * delegate({ agent: "refund-lookup@1", ceiling: [capability(payments.chargesRetrieve, { limits: { charge: { in: ["ch_1"] } } })] }, …);
 * ```
 */
export function capability(reference: OperationReference, bounds: CapabilityBounds = {}): Capability {
  return {
    system: reference.system,
    operation: reference.operation.name,
    resource: Object.fromEntries(
      Object.entries(bounds.resource ?? {}).map(([field, values]) => [field, [...values]]),
    ),
    limits: structuredClone(bounds.limits ?? {}),
  };
}
