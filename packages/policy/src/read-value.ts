import type { YamlFile } from "./read-yaml.ts";

/** Names that no file may hold; an object of code can. */
const NO_NAMES: ReadonlySet<string> = new Set(["<<", "__proto__", "constructor", "prototype"]);
/** A longer name is left to the reader of YAML: keys have a greatest length there. */
const LONGEST_NAME = 512;

/**
 * A value of code as the file that its JSON with one member to a line would be, without reading that text: the same value,
 * the same places.
 *
 * INVARIANT: `undefined` for whatever {@link readYaml} could refuse of that text. Who asks has that reader say why.
 */
export function readValue(name: string, given: unknown): YamlFile | undefined {
  const text = JSON.stringify(given) as string | undefined;
  if (text === undefined) return undefined;
  const value: unknown = JSON.parse(text);
  if (!isPlain(value)) return undefined;
  let places: Places | undefined;
  // The text is kept rather than a second value: places are asked for when something is wrong.
  return { name, value, locate: (path) => (places ??= new Places(JSON.parse(text))).of(path) };
}

function isPlain(value: unknown): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isPlain);
  return Object.entries(value).every(
    ([name, member]) =>
      name.length <= LONGEST_NAME && name.isWellFormed() && !NO_NAMES.has(name) && isPlain(member),
  );
}

/** Where the members of a value stand in its JSON with one member to a line, one space further in for each level. */
class Places {
  readonly #value: unknown;
  /** Of a list or an object that was asked about: lines between its own first one and each member's. */
  readonly #offsets = new Map<object, ReadonlyMap<PropertyKey, number>>();

  constructor(value: unknown) {
    this.#value = value;
  }

  /** Line and column of what is at `path`, or of the nearest above it. */
  of(path: readonly PropertyKey[]): { line: number; column: number } {
    const place = { line: 1, column: 1 };
    let at = this.#value;
    for (const step of path) {
      if (typeof at !== "object" || at === null) break;
      const offset = this.#offsetsIn(at).get(step);
      if (offset === undefined) break;
      place.line += offset;
      place.column += 1;
      at = (at as Readonly<Record<PropertyKey, unknown>>)[step];
    }
    return place;
  }

  #offsetsIn(value: object): ReadonlyMap<PropertyKey, number> {
    const known = this.#offsets.get(value);
    if (known !== undefined) return known;
    const offsets = new Map<PropertyKey, number>();
    let line = 1;
    const members: Iterable<[PropertyKey, unknown]> = Array.isArray(value)
      ? value.entries()
      : Object.entries(value);
    for (const [step, member] of members) {
      offsets.set(step, line);
      line += linesOf(member);
    }
    this.#offsets.set(value, offsets);
    return offsets;
  }
}

/** How many lines a value takes. What is empty takes one. */
function linesOf(value: unknown): number {
  if (typeof value !== "object" || value === null) return 1;
  const members = Object.values(value);
  return members.length === 0 ? 1 : members.reduce<number>((sum, member) => sum + linesOf(member), 2);
}
