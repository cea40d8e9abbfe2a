import { StripeProblem } from "./stripe-problem.ts";

/** What an endpoint takes: names of plain parameters, and of string maps (`metadata[key]`). */
export interface ParameterNames {
  readonly plain: readonly string[];
  readonly maps?: readonly string[];
}

/** Parameters of one request, checked for unknown names. */
export interface Parameters {
  readonly plain: ReadonlyMap<string, string>;
  readonly maps: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/** Reads a query or form as Stripe does: the last of two equal names counts, an unknown one is an error. */
export function readParameters(text: string, names: ParameterNames): Parameters {
  const plain = new Map<string, string>();
  const maps = new Map<string, Record<string, string>>();
  for (const [name, value] of new URLSearchParams(text)) {
    const [, map = "", member = ""] = /^([a-z_]+)\[([^[\]]+)\]$/.exec(name) ?? [];
    if (names.plain.includes(name)) plain.set(name, value);
    else if (names.maps?.includes(map)) maps.set(map, { ...maps.get(map), [member]: value });
    else
      throw new StripeProblem(400, {
        code: "parameter_unknown",
        message: `Received unknown parameter: ${map || name}`,
        param: map || name,
      });
  }
  return { plain, maps };
}

/** A positive integer parameter, or undefined when it is not there. @throws StripeProblem 400 */
export function readInteger(parameters: Parameters, name: string): number | undefined {
  const text = parameters.plain.get(name);
  if (text === undefined) return undefined;
  if (!/^-?\d{1,15}$/.test(text))
    throw new StripeProblem(400, {
      code: "parameter_invalid_integer",
      message: `Invalid integer: ${text}`,
      param: name,
    });
  const value = Number(text);
  if (value < 1)
    throw new StripeProblem(400, {
      code: "parameter_invalid_integer",
      message: "This value must be greater than or equal to 1.",
      param: name,
    });
  return value;
}

/** A parameter that is true or false, or undefined when it is not there. @throws StripeProblem 400 */
export function readBoolean(parameters: Parameters, name: string): boolean | undefined {
  const text = parameters.plain.get(name);
  if (text === undefined) return undefined;
  if (text === "true" || text === "false") return text === "true";
  throw new StripeProblem(400, { message: `Invalid boolean: ${text}`, param: name });
}
