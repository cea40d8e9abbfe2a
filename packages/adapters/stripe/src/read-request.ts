import {
  type Catalogue,
  type GatewayRequest,
  type SeenAction,
  type Value,
  type ValueMap,
  findOperation,
  isForbiddenMember,
  parseArguments,
} from "@watchword/core";
import { type Pairs, readParameters } from "./form.ts";
import { requestMismatch } from "./request-mismatch.ts";
import { CURRENCY, type FieldKind, type Route, matchRoute } from "./routes.ts";

/**
 * Reads the action back from a request to Stripe. Method, path and every parameter must be known; a parameter that is
 * not in the catalogue is refused, never passed on. An account that the tool named becomes part of what was seen, so
 * that a foreign one differs from the decided one.
 *
 * @throws Refusal `request_mismatch`
 */
export function readRequest(request: GatewayRequest, catalogue: Catalogue): SeenAction {
  const match = matchRoute(request.method, request.path);
  const entry = match === undefined ? undefined : findOperation(catalogue, match.route.operation);
  if (match === undefined || entry === undefined)
    throw requestMismatch("method and path are not in the catalogue");
  const { route, id } = match;
  const fields = readFields(route, readParameters(request));
  const named = route.pathArgument === undefined || id === undefined ? {} : { [route.pathArgument]: id };
  return {
    operation: route.operation,
    resource: readAccount(request.headers),
    arguments: parse(() => parseArguments(entry, { ...fields, ...named })),
  };
}

function parse(read: () => ValueMap): ValueMap {
  try {
    return read();
  } catch (error) {
    // Paths and codes of the schema, never a value.
    throw requestMismatch(error instanceof Error ? error.message : "arguments do not fit the catalogue");
  }
}

function readAccount(headers: GatewayRequest["headers"]): { readonly account?: string } {
  const named = new Set(
    [headers["stripe-account"], headers["stripe-context"]].filter((value) => value !== undefined),
  );
  if (named.size > 1) throw requestMismatch("two accounts are named");
  const [account] = named;
  return account === undefined ? {} : { account };
}

const MAP_MEMBER = /^([a-z_]+)\[([^[\]]+)\]$/;

function readFields(route: Route, pairs: Pairs): ValueMap {
  const fields = new Map<string, Value>();
  const currencies: string[] = [];
  const maps = new Map<string, Map<string, string>>();
  for (const [name, text] of pairs) {
    if (name === CURRENCY && Object.values(route.fields).includes("money")) {
      currencies.push(text);
      continue;
    }
    const kind = fieldKind(route, name);
    if (kind !== undefined && kind !== "map") {
      if (fields.has(name)) throw requestMismatch("a parameter is repeated");
      fields.set(name, readValue(kind, text));
      continue;
    }
    const [, map = "", member = ""] = MAP_MEMBER.exec(name) ?? [];
    if (fieldKind(route, map) !== "map" || isForbiddenMember(member))
      throw requestMismatch("a parameter is not in the catalogue");
    const members = maps.get(map) ?? new Map<string, string>();
    if (members.has(member)) throw requestMismatch("a parameter is repeated");
    maps.set(map, members.set(member, text));
  }
  for (const [name, members] of maps) fields.set(name, Object.fromEntries(members));
  for (const [name, value] of fields)
    if (fieldKind(route, name) === "money") fields.set(name, inCurrency(value, currencies));
  return Object.fromEntries(fields);
}

/** Stripe writes currencies in lower case, and takes one of its own where none is named. */
function inCurrency(amount: Value, [currency = "", ...more]: readonly string[]): Value {
  if (more.length > 0) throw requestMismatch("a parameter is repeated");
  if (!/^[a-z]{3}$/.test(currency)) throw requestMismatch("the currency is not named as Stripe names it");
  return { ...(amount as ValueMap), currency: currency.toUpperCase() };
}

function fieldKind(route: Route, name: string): Exclude<FieldKind, "unsent"> | undefined {
  const kind = Object.hasOwn(route.fields, name) ? route.fields[name] : undefined;
  // INVARIANT: what Stripe is not told is decided from what Stripe told; a request has no say in it.
  return kind === "unsent" ? undefined : kind;
}

function readValue(kind: Exclude<FieldKind, "map" | "unsent">, text: string): Value {
  if (kind === "text") return text;
  if (kind === "boolean") {
    if (text !== "true" && text !== "false") throw requestMismatch("a truth is neither true nor false");
    return text === "true";
  }
  // One spelling per number: no sign, no leading zero, no exponent, no hexadecimal.
  if (!/^(?:0|[1-9]\d{0,15})$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw requestMismatch("a number is not a plain decimal integer");
  return kind === "integer" ? Number(text) : { minor: Number(text) };
}
