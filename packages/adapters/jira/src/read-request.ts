import {
  type Catalogue,
  type GatewayRequest,
  type Json,
  type SeenAction,
  type Value,
  type ValueMap,
  findOperation,
  parseArguments,
  parseStrictJson,
} from "@watchword/core";
import { type ReadBody, readBody } from "./body-forms.ts";
import type { JiraSettings } from "./jira-options.ts";
import { readJql } from "./jql.ts";
import { requestMismatch } from "./request-mismatch.ts";
import { matchPath } from "./route-path.ts";
import type { QueryKind, Route } from "./routes.ts";

const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;

/**
 * Reads the action back from a request to Jira. Method, path, query and body must be known to the last member; what is not in
 * the catalogue is refused, never passed on. The site that the path names becomes part of what was seen, so that a foreign
 * one differs from the decided one.
 *
 * @throws Refusal `request_mismatch`
 */
export function readRequest(
  settings: JiraSettings,
  request: GatewayRequest,
  catalogue: Catalogue,
): SeenAction {
  const match = matchPath(settings, request.method, request.path);
  if (match === undefined) throw requestMismatch("method and path are not in the catalogue");
  if (request.headers["content-encoding"] !== undefined)
    throw requestMismatch("a content encoding is not accepted");
  const body = readJson(request);
  const route = match.routes.find((candidate) => isBodyOf(candidate, body));
  const entry = route === undefined ? undefined : findOperation(catalogue, route.operation);
  if (route === undefined || entry === undefined)
    throw requestMismatch("the body is of no operation of this path");
  const query = readQuery(route, request);
  const held = route.body === undefined ? NOTHING : readBody(settings.kind, route.body, body);
  const project = match.project ?? query.project ?? held.project;
  return {
    operation: route.operation,
    resource: {
      ...(match.site === undefined ? {} : { site: match.site }),
      ...(project === undefined ? {} : { project }),
    },
    arguments: parse(() =>
      parseArguments(entry, { ...query.arguments, ...held.arguments, ...match.arguments }),
    ),
  };
}

/** Two operations have one path, and are told apart by the one member that their bodies begin with. */
function isBodyOf({ body: form }: Route, body: Json | undefined): boolean {
  if (form === undefined || body === undefined) return (form === undefined) === (body === undefined);
  const isUpdate = typeof body === "object" && body !== null && Object.hasOwn(body, "update");
  return (form === "labels") === isUpdate;
}

function parse(read: () => ValueMap): ValueMap {
  try {
    return read();
  } catch (error) {
    // Paths and codes of the schema, never a value.
    throw requestMismatch(error instanceof Error ? error.message : "arguments do not fit the catalogue");
  }
}

function readQuery(route: Route, request: GatewayRequest): ReadBody {
  const values = new Map<string, Value>();
  let project: string | undefined;
  let jql: ReadBody | undefined;
  for (const [parameter, text] of request.query) {
    if (parameter === "jql" && route.jql) {
      if (jql !== undefined) throw requestMismatch("the JQL is repeated");
      const read = readJql(text);
      project = read.key;
      jql = { arguments: read.arguments };
      continue;
    }
    const kind = Object.hasOwn(route.query, parameter) ? route.query[parameter] : undefined;
    if (kind === undefined) throw requestMismatch("a parameter is not in the catalogue");
    values.set(parameter, readValue(kind, text, values.get(parameter)));
  }
  if (route.jql && jql === undefined)
    throw requestMismatch("a search without JQL would be one of every project");
  return {
    arguments: { ...jql?.arguments, ...Object.fromEntries(values) },
    ...(project === undefined ? {} : { project }),
  };
}

/** Names may be repeated, as clients write lists, or stand in one parameter with commas between them. */
function readValue(kind: QueryKind, text: string, before: Value | undefined): Value {
  if (kind === "names")
    return [...(Array.isArray(before) ? (before as readonly Value[]) : []), ...text.split(",")];
  if (before !== undefined) throw requestMismatch("a parameter is repeated");
  // One spelling per number: no sign, no leading zero, no exponent, no hexadecimal.
  if (!/^(?:0|[1-9]\d{0,9})$/.test(text)) throw requestMismatch("a number is not a plain decimal integer");
  return Number(text);
}

function readJson(request: GatewayRequest): Json | undefined {
  if (request.body.byteLength === 0) return undefined;
  if (!JSON_TYPE.test(request.headers["content-type"] ?? "")) throw requestMismatch("the body is not JSON");
  try {
    return parseStrictJson(request.body);
  } catch {
    throw requestMismatch("the body is not one JSON text");
  }
}

const NOTHING: ReadBody = Object.freeze({ arguments: Object.freeze({}) });
