import type { Value } from "@watchword/core";
import fc from "fast-check";

type Path = readonly (string | number)[];

/**
 * Copies of `value` that differ from it in exactly one leaf: another value there, the leaf gone, or a member more.
 */
export function leafMutation<Whole extends object>(value: Whole): fc.Arbitrary<Whole> {
  const leaves = leafPaths(value as unknown as Value, []);
  const replaced = fc
    .tuple(fc.constantFrom(...leaves), fc.oneof(fc.string(), fc.maxSafeInteger(), fc.boolean()))
    .filter(([path, leaf]) => readAt(value, path) !== leaf && !Object.is(leaf, -0))
    .map(([path, leaf]) => changed(value, path, () => leaf));
  const removed = fc.constantFrom(...leaves).map((path) => changed(value, path, () => undefined));
  const parents = [
    ...new Map(leaves.map((path) => [JSON.stringify(path.slice(0, -1)), path.slice(0, -1)])).values(),
  ];
  const added = fc.constantFrom(...parents).map((path) => changed(value, [...path, "surprise"], () => "x"));
  return fc.oneof(replaced, removed, added);
}

function leafPaths(value: Value, path: Path): Path[] {
  if (typeof value !== "object") return [path];
  return Object.entries(value).flatMap(([name, member]) => leafPaths(member as Value, [...path, name]));
}

function readAt(value: unknown, path: Path): unknown {
  return path.reduce((current, name) => (current as Record<string, unknown>)[name], value);
}

function changed<Whole extends object>(value: Whole, path: Path, leaf: () => unknown): Whole {
  const copy = structuredClone(value);
  const parent = readAt(copy, path.slice(0, -1)) as Record<string, unknown>;
  const name = String(path.at(-1));
  const next = leaf();
  if (next === undefined) delete parent[name];
  else parent[name] = next;
  return copy;
}
