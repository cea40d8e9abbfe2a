import {
  type Catalogue,
  type GatewayRequest,
  Refusal,
  type SeenAction,
  type Value,
  type ValueMap,
  findOperation,
  isValueMap,
  parseArguments,
  parseStrictJson,
} from "@watchword/core";
import type { GithubSettings } from "./github-options.ts";
import { requestMismatch } from "./request-mismatch.ts";
import { type RouteMatch, matchRoute } from "./route-path.ts";
import type { QueryKind, Route } from "./route.ts";

const JSON_TYPE = /^application\/(?:json|vnd\.github(?:\.v3)?\+json)(?:\s*;\s*charset="?utf-8"?)?\s*$/i;

/**
 * Reads the action back from a request to GitHub. Method, path, query and body must be known to the last member; what is
 * not in the catalogue is refused, never passed on. So are GraphQL, Git's own protocol and workflow files.
 *
 * @throws Refusal `request_mismatch`
 */
export function readRequest(
  settings: GithubSettings,
  request: GatewayRequest,
  catalogue: Catalogue,
): SeenAction {
  const match = request.path.startsWith(`${settings.pathPrefix}/`)
    ? matchRoute(request.method, request.path.slice(settings.pathPrefix.length), request.query)
    : undefined;
  const entry = match === undefined ? undefined : findOperation(catalogue, match.route.operation);
  if (match === undefined || entry === undefined)
    throw requestMismatch("method and path are not in the catalogue");
  if (request.headers["content-encoding"] !== undefined)
    throw requestMismatch("a content encoding is not accepted");
  const values = { ...readQuery(match.route, request), ...readBody(match.route, request) };
  return {
    operation: match.route.operation,
    resource: { repository: match.repository },
    arguments: parse(() => parseArguments(entry, withPath(match, values))),
  };
}

function withPath(match: RouteMatch, values: ValueMap): ValueMap {
  for (const name of Object.keys(match.arguments))
    if (Object.hasOwn(values, name)) throw requestMismatch("a parameter is given twice");
  return { ...values, ...match.arguments };
}

function parse(read: () => ValueMap): ValueMap {
  try {
    return read();
  } catch (error) {
    // Paths and codes of the schema, never a value.
    throw requestMismatch(error instanceof Error ? error.message : "arguments do not fit the catalogue");
  }
}

function readQuery(route: Route, request: GatewayRequest): ValueMap {
  const values = new Map<string, Value>();
  for (const [parameter, text] of request.query) {
    // What is looked for and where was read with the route.
    if (route.search !== undefined && parameter === "q") continue;
    const field = Object.hasOwn(route.query, parameter) ? route.query[parameter] : undefined;
    if (field === undefined) throw requestMismatch("a parameter is not in the catalogue");
    const [argument, kind] = field;
    if (values.has(argument)) throw requestMismatch("a parameter is repeated");
    values.set(argument, readValue(kind, text));
  }
  return Object.fromEntries(values);
}

function readValue(kind: QueryKind, text: string): Value {
  if (kind === "text") return text;
  if (kind === "names") return text.split(",");
  // One spelling per number: no sign, no leading zero, no exponent, no hexadecimal.
  if (!/^[1-9]\d{0,9}$/.test(text)) throw requestMismatch("a number is not a plain decimal integer");
  return Number(text);
}

function readBody(route: Route, request: GatewayRequest): ValueMap {
  if (request.body.byteLength === 0) return {};
  if (Object.keys(route.body).length === 0) throw requestMismatch(`${route.method} with a body`);
  if (!JSON_TYPE.test(request.headers["content-type"] ?? "")) throw requestMismatch("the body is not JSON");
  const body = parseBody(request.body);
  const values: Record<string, Value> = {};
  for (const [member, value] of Object.entries(body)) {
    const field = Object.hasOwn(route.body, member) ? route.body[member] : undefined;
    if (field === undefined) throw requestMismatch("a member of the body is not in the catalogue");
    const [argument, prefix, spelling] = field;
    values[argument] = withoutPrefix(value, prefix, spelling);
  }
  return values;
}

function withoutPrefix(value: Value, prefix: string, spelling?: "short"): Value {
  if (prefix === "") return value;
  if (typeof value === "string" && value.startsWith(prefix)) return value.slice(prefix.length);
  if (spelling === "short") return value;
  throw requestMismatch("only branches can be made");
}

function parseBody(bytes: Uint8Array): ValueMap {
  try {
    const body = parseStrictJson(bytes);
    if (isValueMap(body)) return body;
  } catch (error) {
    if (Refusal.is(error)) throw error;
  }
  throw requestMismatch("the body is not one JSON object of plain values");
}
