import type { Capability, Ceiling, Limit } from "@watchword/core";
import fc from "fast-check";
import { OPERATIONS, SYSTEMS } from "./slow-capability.ts";

const names = (all: readonly string[]): fc.Arbitrary<string[]> =>
  fc
    .subarray([...all], { minLength: 1 })
    .chain((some) => fc.shuffledSubarray(some, { minLength: some.length }));

const max: fc.Arbitrary<Limit> = fc.record({
  max: fc.record({ minor: fc.nat(2), currency: fc.constantFrom("USD", "EUR") }),
});

const oneOf: fc.Arbitrary<Limit> = fc.record({ in: names(["a", "b"]) });

const limits: fc.Arbitrary<Capability["limits"]> = fc.record(
  {
    amount: fc.oneof({ arbitrary: max, weight: 4 }, { arbitrary: fc.constant({ in: ["a"] }), weight: 1 }),
    tag: fc.oneof(
      { arbitrary: oneOf, weight: 4 },
      { arbitrary: fc.constant({ max: { minor: 1, currency: "USD" } }), weight: 1 },
    ),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Capability["limits"]>;

const resource: fc.Arbitrary<Capability["resource"]> = fc.record(
  { account: names(["a", "b"]), region: fc.constant(["a"]) },
  { requiredKeys: [] },
) as fc.Arbitrary<Capability["resource"]>;

/** A capability of the small world; most are about one system and operation, so that they often meet. */
export const anyCapability: fc.Arbitrary<Capability> = fc.record({
  system: fc.oneof(
    { arbitrary: fc.constant(SYSTEMS[0]), weight: 5 },
    { arbitrary: fc.constantFrom(...SYSTEMS), weight: 1 },
  ),
  operation: fc.oneof(
    { arbitrary: fc.constant(OPERATIONS[0]), weight: 5 },
    { arbitrary: fc.constantFrom(...OPERATIONS), weight: 1 },
  ),
  resource,
  limits,
});

/** One to three capabilities. */
export const someCeiling: fc.Arbitrary<Ceiling> = fc.array(anyCapability, {
  minLength: 1,
  maxLength: 3,
  size: "max",
});

export const anyCeiling: fc.Arbitrary<Ceiling> = fc.oneof(
  { arbitrary: someCeiling, weight: 5 },
  { arbitrary: fc.constant([]), weight: 1 },
);
