/**
 * What an action may carry. Deliberately smaller than JSON: no floats, no null, no exponent forms, so that a
 * value has exactly one canonical text (RFC 8785) and one meaning in every language that reads it.
 */
export type Value = string | boolean | number | readonly Value[] | { readonly [name: string]: Value };

/** A flat or nested map of {@link Value}s, as in an action's arguments. */
export type ValueMap = { readonly [name: string]: Value };

const MAX_DEPTH = 16;

/**
 * Says where `input` breaks the value rules, or `undefined` when it keeps them: strings without lone surrogates,
 * booleans, safe integers (never `-0`), arrays and plain objects of those. Never echoes the value itself.
 *
 * @example
 * ```ts
 * valueProblem({ amount: 1.5 }); // "amount: numbers must be safe integers"
 * ```
 */
export function valueProblem(input: unknown, path = "", depth = 0): string | undefined {
  const at = path === "" ? "value" : path;
  if (depth > MAX_DEPTH) return `${at}: nested deeper than ${MAX_DEPTH}`;
  switch (typeof input) {
    case "boolean":
      return undefined;
    case "string":
      return input.isWellFormed() ? undefined : `${at}: string holds a lone surrogate`;
    case "number":
      return Number.isSafeInteger(input) && !Object.is(input, -0)
        ? undefined
        : `${at}: numbers must be safe integers`;
    case "object":
      return input === null
        ? `${at}: null is not a value; leave the member out`
        : compositeProblem(input, path, depth);
    case "undefined":
    case "bigint":
    case "symbol":
    case "function":
      return `${at}: ${typeof input} is not a value`;
    default:
      return `${at}: not a value`;
  }
}

/** Whether {@link valueProblem} finds nothing, without naming places on the way: what is a value is looked at often. */
export function isValue(input: unknown, depth = 0): input is Value {
  if (depth > MAX_DEPTH) return false;
  if (typeof input === "string") return input.isWellFormed();
  if (typeof input === "number") return Number.isSafeInteger(input) && !Object.is(input, -0);
  if (typeof input === "boolean") return true;
  if (typeof input !== "object" || input === null) return false;
  if (Array.isArray(input)) {
    for (const item of input) if (!isValue(item, depth + 1)) return false;
    return true;
  }
  const prototype: unknown = Object.getPrototypeOf(input);
  if (prototype !== Object.prototype && prototype !== null) return false;
  const members = input as Readonly<Record<string, unknown>>;
  for (const name of Object.keys(members)) {
    if (isForbiddenMember(name) || !isValue(members[name], depth + 1)) return false;
  }
  return true;
}

/** Narrows to {@link ValueMap} under the rules of {@link valueProblem}. */
export function isValueMap(input: unknown): input is ValueMap {
  return typeof input === "object" && input !== null && !Array.isArray(input) && isValue(input);
}

function compositeProblem(input: object, path: string, depth: number): string | undefined {
  if (Array.isArray(input)) {
    for (let index = 0; index < input.length; index++) {
      const problem = valueProblem(input[index], `${path}[${index}]`, depth + 1);
      if (problem !== undefined) return problem;
    }
    return undefined;
  }
  const prototype: unknown = Object.getPrototypeOf(input);
  if (prototype !== Object.prototype && prototype !== null)
    return `${path || "value"}: only plain objects are values`;
  for (const [name, member] of Object.entries(input)) {
    if (isForbiddenMember(name)) return `${path || "value"}: member name is not allowed`;
    const problem = valueProblem(member, path === "" ? name : `${path}.${name}`, depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Member names that reach into JavaScript's prototypes; refused wherever text becomes an object. */
export function isForbiddenMember(name: string): boolean {
  return name === "__proto__" || name === "constructor" || name === "prototype" || !name.isWellFormed();
}
