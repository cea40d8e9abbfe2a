import { type Value, type ValueMap, isForbiddenMember } from "@watchword/core";
import fc from "fast-check";

const text = fc.string({ unit: "binary", maxLength: 12 });

/** A member name that may stand in a value. */
export const anyName: fc.Arbitrary<string> = fc
  .oneof(fc.constantFrom("charge", "amount", "toString", "hasOwnProperty", "10", "9", "é", "\u{1f600}"), text)
  .filter((name) => !isForbiddenMember(name));

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    text,
    fc.boolean(),
    fc.maxSafeInteger().map((number) => (number === 0 ? 0 : number)),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(anyName, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

/** Anything that keeps the value rules. */
export const anyValue: fc.Arbitrary<Value> = value;

export const anyValueMap: fc.Arbitrary<ValueMap> = fc.dictionary(anyName, value, {
  maxKeys: 5,
  noNullPrototype: true,
});

/** The same value with the members of every object in another order. */
export function reordered<T>(input: T, order: (names: string[]) => string[]): T {
  if (typeof input !== "object" || input === null) return input;
  if (Array.isArray(input)) return input.map((item: unknown) => reordered(item, order)) as T;
  const members = input as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    order(Object.keys(members)).map((name) => [name, reordered(members[name], order)]),
  ) as T;
}
