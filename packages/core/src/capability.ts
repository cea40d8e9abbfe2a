import { z } from "zod";
import { Identifier } from "./identifier.ts";
import { Money, isMoney } from "./money.ts";
import { Refusal } from "./refusal.ts";
import { type Value, type ValueMap, isValueMap } from "./value.ts";

const Values = z.array(z.string().min(1).max(512)).min(1).max(256);

/** A record schema passes over `__proto__` in silence, and a limit that vanishes is a wider ceiling: refused before. */
const Members = z.custom<ValueMap>(isValueMap, { error: "holds something that is not a value" });

/** A bound on one argument: an amount, or a set of strings. */
export const Limit = z.union([z.strictObject({ max: Money }), z.strictObject({ in: Values })]);
export type Limit = z.infer<typeof Limit>;

/**
 * One line of a ceiling: an operation, on these resources, within these limits. A resource field or argument that is
 * not named is unrestricted; one that is named and absent from an action is not covered.
 */
export const Capability = z.strictObject({
  system: Identifier,
  operation: Identifier,
  resource: Members.pipe(z.record(Identifier, Values)),
  limits: Members.pipe(z.record(z.string().regex(/^[a-zA-Z][a-zA-Z0-9_]{0,63}$/), Limit)),
});
export type Capability = z.infer<typeof Capability>;

/** What a run may ask for at most, materialised. Empty: nothing. */
export const Ceiling = z.array(Capability).max(1024);
export type Ceiling = readonly Capability[];

/** The part of an action that a capability speaks about. */
export interface CoveredAction {
  readonly system: string;
  readonly operation: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly arguments: ValueMap;
}

/** Whether some capability of `ceiling` covers the action. An absent field or argument is never covered. */
export function ceilingAllows(ceiling: Ceiling, action: CoveredAction): boolean {
  return ceiling.some((capability) => allows(capability, action));
}

/**
 * Derives a child's ceiling. The result is exactly what was wanted, and never wider than the parent's: asking for more
 * throws instead of being trimmed, because an attempt is worth a record.
 *
 * @throws Refusal `capability_exceeded` on the first capability that the parent does not cover.
 */
export function narrow(parent: Ceiling, wanted: Ceiling): Ceiling {
  for (const want of wanted) {
    if (parent.some((held) => covers(held, want))) continue;
    throw new Refusal("capability_exceeded", {
      detail: `${want.system}/${want.operation} is wider than what is held`,
      failedFact: "delegation",
    });
  }
  return Object.freeze([...wanted]);
}

/** Whether everything that `inner` covers, `outer` covers too. A limit that `inner` lacks is wider. */
export function covers(outer: Capability, inner: Capability): boolean {
  if (outer.system !== inner.system || outer.operation !== inner.operation) return false;
  for (const [field, values] of Object.entries(outer.resource)) {
    const held = own(inner.resource, field);
    if (held === undefined || !held.every((value) => values.includes(value))) return false;
  }
  return Object.entries(outer.limits).every(([name, limit]) => {
    const held = own(inner.limits, name);
    return held !== undefined && limitCovers(limit, held);
  });
}

/** What both ceilings cover: every pairwise meet that is not empty. */
export function intersect(left: Ceiling, right: Ceiling): Ceiling {
  return left.flatMap((one) => right.flatMap((other) => meet(one, other) ?? []));
}

function meet(one: Capability, other: Capability): Capability | undefined {
  if (one.system !== other.system || one.operation !== other.operation) return undefined;
  const resource = mergeEach(one.resource, other.resource, common);
  const limits = mergeEach(one.limits, other.limits, meetLimit);
  if (resource === undefined || limits === undefined) return undefined;
  return { system: one.system, operation: one.operation, resource, limits };
}

function mergeEach<T>(
  one: Record<string, T>,
  other: Record<string, T>,
  both: (a: T, b: T) => T | undefined,
): Record<string, T> | undefined {
  const merged: Record<string, T> = { ...one };
  for (const [name, theirs] of Object.entries(other)) {
    const ours = own(one, name);
    const value = ours === undefined ? theirs : both(ours, theirs);
    if (value === undefined) return undefined;
    merged[name] = value;
  }
  return merged;
}

function common(a: string[], b: string[]): string[] | undefined {
  const values = a.filter((value) => b.includes(value));
  return values.length === 0 ? undefined : values;
}

function meetLimit(a: Limit, b: Limit): Limit | undefined {
  if ("in" in a && "in" in b) {
    const values = common(a.in, b.in);
    return values === undefined ? undefined : { in: values };
  }
  // An argument is an amount or a string, never both: limits of different kinds meet in nothing.
  if (!("max" in a) || !("max" in b) || a.max.currency !== b.max.currency) return undefined;
  return a.max.minor <= b.max.minor ? a : b;
}

function limitCovers(outer: Limit, inner: Limit): boolean {
  if ("in" in outer) return "in" in inner && inner.in.every((value) => outer.in.includes(value));
  return "max" in inner && inner.max.currency === outer.max.currency && inner.max.minor <= outer.max.minor;
}

function allows(capability: Capability, action: CoveredAction): boolean {
  if (capability.system !== action.system || capability.operation !== action.operation) return false;
  for (const [field, values] of Object.entries(capability.resource)) {
    const value = own(action.resource, field);
    if (value === undefined || !values.includes(value)) return false;
  }
  return Object.entries(capability.limits).every(([name, limit]) =>
    limitAllows(limit, own(action.arguments, name)),
  );
}

function limitAllows(limit: Limit, value: Value | undefined): boolean {
  if ("in" in limit) return typeof value === "string" && limit.in.includes(value);
  return isMoney(value) && value.currency === limit.max.currency && value.minor <= limit.max.minor;
}

function own<T>(record: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(record, name) ? record[name] : undefined;
}
