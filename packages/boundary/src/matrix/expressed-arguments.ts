import type { Value, ValueMap } from "@watchword/core";

/** Action parts that a tool's arguments are about. */
export interface Expressible {
  readonly resource: Readonly<Record<string, string>>;
  readonly arguments: ValueMap;
}

/**
 * What a model would say for another action, by what it says for this one: each value that is another one is exchanged wherever
 * it stands in the tool's arguments. Money may stand there as minor units, as a decimal number or as a decimal text of two digits.
 * `undefined`: the arguments do not show it.
 */
export function expressedArguments(args: unknown, from: Expressible, to: Expressible): unknown {
  let said = args;
  for (const [held, wanted] of differences(from, to)) {
    const found = exchange(held, wanted, said);
    if (found === undefined) return undefined;
    said = found;
  }
  return said;
}

function differences(from: Expressible, to: Expressible): [Value | undefined, Value | undefined][] {
  const pairs: [Value | undefined, Value | undefined][] = [];
  for (const part of ["resource", "arguments"] as const) {
    const [one, other] = [from[part], to[part]] as [ValueMap, ValueMap];
    for (const name of new Set([...Object.keys(one), ...Object.keys(other)]))
      if (JSON.stringify(one[name]) !== JSON.stringify(other[name])) pairs.push([one[name], other[name]]);
  }
  return pairs;
}

function exchange(held: Value | undefined, wanted: Value | undefined, said: unknown): unknown {
  if (typeof held === "string" && typeof wanted === "string") return exchanged(said, held, wanted);
  if (typeof held === "number" && typeof wanted === "number") return exchanged(said, held, wanted);
  const [amount, other] = [minorOf(held), minorOf(wanted)];
  if (amount === undefined || other === undefined || amount.currency !== other.currency) return undefined;
  const texts = (minor: number): readonly [number, number, string] => [
    minor,
    minor / 100,
    (minor / 100).toFixed(2),
  ];
  for (const [index, form] of texts(amount.minor).entries()) {
    const found = exchanged(said, form, texts(other.minor)[index]);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A copy in which a leaf is another one; `undefined`: it is not there. */
function exchanged(value: unknown, leaf: unknown, other: unknown): unknown {
  let found = false;
  const walk = (part: unknown): unknown => {
    if (part === leaf) {
      found = true;
      return other;
    }
    if (Array.isArray(part)) return part.map(walk);
    if (typeof part !== "object" || part === null) return part;
    return Object.fromEntries(Object.entries(part).map(([name, member]) => [name, walk(member)]));
  };
  const copy = walk(value);
  return found ? copy : undefined;
}

function minorOf(
  value: Value | undefined,
): { readonly minor: number; readonly currency: unknown } | undefined {
  if (typeof value !== "object" || Array.isArray(value) || !("minor" in value)) return undefined;
  const { minor, currency } = value;
  return typeof minor === "number" ? { minor, currency } : undefined;
}
