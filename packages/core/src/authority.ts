import { canonicalJson } from "./canonical-json.ts";
import { isMoney } from "./money.ts";
import type { Access, Operation } from "./operation.ts";
import type { Value, ValueMap } from "./value.ts";

/** What an adapter plans for one allowed action: the least it must mint and enforce. All values are decided. */
export interface Authority {
  readonly system: string;
  readonly operation: string;
  readonly access: Access;
  readonly resource: Readonly<Record<string, string>>;
  readonly arguments: ValueMap;
  /**
   * What the adapter asks of the system natively (permissions, repositories, role); empty where nothing is minted. Whatever narrows
   * the credential belongs here or into `resource`: reads of one run that are equal in both may share one.
   */
  readonly native: ValueMap;
}

/** An action as read back from a request. */
export interface SeenAction {
  readonly operation: string;
  readonly resource: Readonly<Record<string, string>>;
  readonly arguments: ValueMap;
}

/**
 * Where a request differs from what was decided, or `undefined` when it is exactly that. Arguments in
 * `operation.decided` may be absent from the request, since the gateway writes them; every other one must be equal, and
 * no further one may be there.
 */
export function requestProblem(entry: Operation, authority: Authority, seen: SeenAction): string | undefined {
  if (seen.operation !== authority.operation) return "operation";
  for (const [field, value] of Object.entries(seen.resource)) {
    if (authority.resource[field] !== value) return `resource.${field}`;
  }
  const names = new Set([...Object.keys(seen.arguments), ...Object.keys(authority.arguments)]);
  for (const name of names) {
    const decided = own(authority.arguments, name);
    const requested = own(seen.arguments, name);
    if (requested === undefined && entry.decided.includes(name)) continue;
    if (decided === undefined || requested === undefined || !sameValue(decided, requested))
      return `arguments.${name}`;
  }
  return undefined;
}

/** Equal canonical text; an amount without a currency equals the decided one with the same minor units. */
function sameValue(decided: Value, requested: Value): boolean {
  if (isMoney(decided) && isPlain(requested) && !Object.hasOwn(requested, "currency")) {
    return canonicalJson({ ...requested, currency: decided.currency }) === canonicalJson(decided);
  }
  return canonicalJson(decided) === canonicalJson(requested);
}

/** Whether `inner` asks for nothing beyond `outer`: the partial order that adapters without a wider grant share. */
export function sameAuthority(outer: Authority, inner: Authority): boolean {
  return canonicalJson(outer) === canonicalJson(inner);
}

function own(values: ValueMap, name: string): Value | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

function isPlain(value: Value): value is ValueMap {
  return typeof value === "object" && !Array.isArray(value);
}
