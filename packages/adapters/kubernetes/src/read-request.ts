import {
  type Catalogue,
  type GatewayRequest,
  type SeenAction,
  type Value,
  type ValueMap,
  findOperation,
  isValueMap,
  parseArguments,
  parseStrictJson,
} from "@watchword/core";
import { BODY_FORMS } from "./body-forms.ts";
import { requestMismatch } from "./request-mismatch.ts";
import { matchPath } from "./route-path.ts";
import type { QueryKind, Route } from "./routes.ts";

/**
 * Reads the action back from a request to the API server. Method, path, query and body must be known to the last member: no
 * `watch`, `follow`, `fieldSelector`, `dryRun`, `fieldManager` or `pretty`, no Secret, no `exec`, nobody impersonated.
 *
 * @throws Refusal `request_mismatch`
 */
export function readRequest(request: GatewayRequest, catalogue: Catalogue): SeenAction {
  const match = matchPath(request.method, request.path);
  if (match === undefined) throw requestMismatch("method and path are not in the catalogue");
  for (const name of Object.keys(request.headers)) {
    if (name === "content-encoding") throw requestMismatch("a content encoding is not accepted");
    // They would be dropped; a tool that asks to be somebody else is told so.
    if (name.startsWith("impersonate-")) throw requestMismatch("nobody is impersonated");
  }
  const [route, said] = readBody(match.routes, request);
  const entry = findOperation(catalogue, route.operation);
  if (entry === undefined) throw requestMismatch("method and path are not in the catalogue");
  const values = {
    ...readQuery(route, request),
    ...said,
    ...(match.name === undefined ? {} : { name: match.name }),
  };
  return {
    operation: route.operation,
    resource: { namespace: match.namespace },
    arguments: parse(() => parseArguments(entry, values)),
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

function readQuery(route: Route, request: GatewayRequest): ValueMap {
  const values = new Map<string, Value>();
  for (const [name, text] of request.query) {
    const kind = Object.hasOwn(route.query, name) ? route.query[name] : undefined;
    if (kind === undefined) throw requestMismatch("a parameter is not in the catalogue");
    if (values.has(name)) throw requestMismatch("a parameter is repeated");
    values.set(name, readValue(kind, text));
  }
  return Object.fromEntries(values);
}

function readValue(kind: QueryKind, text: string): Value {
  if (kind === "text") return text;
  if (kind === "boolean") {
    if (text !== "true" && text !== "false") throw requestMismatch("a truth is neither true nor false");
    return text === "true";
  }
  // One spelling per number: no sign, no leading zero, no exponent, no hexadecimal.
  if (!/^[1-9]\d{0,9}$/.test(text)) throw requestMismatch("a number is not a plain decimal integer");
  return Number(text);
}

/** The one route whose body this is, and what it says. */
function readBody(
  routes: readonly Route[],
  request: GatewayRequest,
): readonly [route: Route, said: ValueMap] {
  const [first] = routes;
  if (request.body.byteLength === 0) {
    if (first === undefined || first.method === "PATCH") throw requestMismatch("a patch without a body");
    return [first, {}];
  }
  const [type = "", ...parameters] = (request.headers["content-type"] ?? "")
    .split(";")
    .map((part) => part.trim());
  if (parameters.some((part) => !/^charset="?utf-8"?$/i.test(part)))
    throw requestMismatch("the body is not in UTF-8");
  const body = parseBody(request.body);
  for (const route of routes) {
    const form = BODY_FORMS[route.operation];
    if (form === undefined || !form.types.includes(type.toLowerCase())) continue;
    const said = form.read(body);
    if (said !== undefined) return [route, said];
  }
  throw requestMismatch("the body is not what an operation of the catalogue says there");
}

function parseBody(bytes: Uint8Array): ValueMap {
  try {
    const body = parseStrictJson(bytes);
    if (isValueMap(body)) return body;
  } catch {
    // Falls through to the refusal.
  }
  throw requestMismatch("the body is not one JSON object of plain values");
}
