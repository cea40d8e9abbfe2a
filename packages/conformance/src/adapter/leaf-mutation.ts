import * as fc from "fast-check";

type Path = readonly string[];

/** Copies of `value` that differ from it in exactly one leaf: another value there, the leaf gone, or a member more. */
export function leafMutation<Whole extends object>(value: Whole): fc.Arbitrary<Whole> {
  const leaves = leafPaths(value, []);
  const replaced = fc
    .tuple(fc.constantFrom(...leaves), fc.oneof(fc.string(), fc.maxSafeInteger(), fc.boolean()))
    .filter(([path, leaf]) => readAt(value, path) !== leaf && !Object.is(leaf, -0))
    .map(([path, leaf]) => changed(value, path, leaf));
  const removed = fc.constantFrom(...leaves).map((path) => changed(value, path, undefined));
  const added = fc
    .constantFrom(...leaves)
    .map((path) => changed(value, [...path.slice(0, -1), "surprise"], "x"));
  return fc.oneof(replaced, removed, added);
}

function leafPaths(value: unknown, path: Path): Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return Object.entries(value).flatMap(([name, member]) => leafPaths(member, [...path, name]));
}

function readAt(value: object, path: Path): unknown {
  return path.reduce<unknown>(
    (current, name) => (isObject(current) ? Reflect.get(current, name) : undefined),
    value,
  );
}

function changed<Whole extends object>(value: Whole, path: Path, leaf: unknown): Whole {
  const copy = structuredClone(value);
  const parent = readAt(copy, path.slice(0, -1));
  const name = path.at(-1);
  if (!isObject(parent) || name === undefined) throw new TypeError("the path leads to no leaf");
  if (Array.isArray(parent)) changeItem(parent, name, leaf);
  else if (leaf === undefined) Reflect.deleteProperty(parent, name);
  else Reflect.set(parent, name, leaf);
  return copy;
}

/** In an array a leaf that is gone leaves no hole, and a member more is one at its end. */
function changeItem(items: unknown[], name: string, leaf: unknown): void {
  if (leaf === undefined) items.splice(Number(name), 1);
  else if (Number.isInteger(Number(name))) items[Number(name)] = leaf;
  else items.push(leaf);
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;
