import {
  type GatewayRequest,
  type SeenAction,
  type Value,
  type ValueMap,
  parseArguments,
} from "@watchword/core";
import { readRecordBody } from "./record-body.ts";
import type { RecordRoute, Verb } from "./record-operations.ts";
import { requestMismatch } from "./request-mismatch.ts";
import type { SalesforceSettings } from "./salesforce-options.ts";
import { readSoql, writeSoql } from "./soql.ts";

const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;
const BY_METHOD: Readonly<Record<string, Verb>> = { GET: "retrieve", PATCH: "update", DELETE: "delete" };

/**
 * Reads the action back from a request to an org. Version, object, record, fields and every value must be declared and in their one
 * spelling, though Salesforce takes others. Composite requests, bulk jobs, GraphQL, Tooling, Apex REST, searches, further pages
 * and whatever else there is are not read, and so refused.
 *
 * @throws Refusal `request_mismatch`
 */
export function readRequest(
  { apiVersion }: SalesforceSettings,
  routes: readonly RecordRoute[],
  request: GatewayRequest,
): SeenAction {
  if (request.headers["content-encoding"] !== undefined)
    throw requestMismatch("a content encoding is not accepted");
  const prefix = `/services/data/v${apiVersion}/`;
  if (!request.path.startsWith(prefix)) throw requestMismatch("the path is not below the declared version");
  const [kind, object, record, ...rest] = request.path.slice(prefix.length).split("/");
  if (kind === "query" && object === undefined && request.method === "GET") return readQuery(routes, request);
  if (kind !== "sobjects" || object === undefined || rest.length > 0)
    throw requestMismatch("method and path are not declared");
  const verb = record === undefined ? createVerb(request) : BY_METHOD[request.method];
  const route = routes.find((candidate) => candidate.verb === verb && candidate.declared.object === object);
  if (route === undefined) throw requestMismatch("method and path are not declared");
  const values = { ...readFields(route, request), ...readBody(route, request) };
  return seen(route, record === undefined ? values : { ...values, record });
}

const createVerb = ({ method }: GatewayRequest): Verb | undefined =>
  method === "POST" ? "create" : undefined;

function readQuery(routes: readonly RecordRoute[], request: GatewayRequest): SeenAction {
  const [[name, text] = ["", ""], ...more] = request.query;
  if (name !== "q" || more.length > 0) throw requestMismatch("a query has one parameter, q");
  const { object, values } = readSoql(text);
  const route = routes.find(
    (candidate) => candidate.verb === "query" && candidate.declared.object === object,
  );
  if (route === undefined) throw requestMismatch("the object is not declared for queries");
  readBody(route, request);
  const action = seen(route, Object.fromEntries(values));
  // INVARIANT: no text of a tool's stands for a query but the one that would be written from its values.
  if (writeSoql(route, action.arguments) !== text)
    throw requestMismatch("the query is not in its one spelling");
  return action;
}

function readFields(route: RecordRoute, request: GatewayRequest): ValueMap {
  const values = new Map<string, Value>();
  for (const [name, text] of request.query) {
    if (route.verb !== "retrieve" || name !== "fields") throw requestMismatch("a parameter is not declared");
    if (values.has(name)) throw requestMismatch("a parameter is repeated");
    values.set(name, text.split(","));
  }
  return Object.fromEntries(values);
}

function readBody(route: RecordRoute, request: GatewayRequest): ValueMap {
  if (route.verb !== "create" && route.verb !== "update") {
    if (request.body.byteLength > 0) throw requestMismatch(`${request.method} with a body`);
    return {};
  }
  if (!JSON_TYPE.test(request.headers["content-type"] ?? "")) throw requestMismatch("the body is not JSON");
  return readRecordBody(route, request.body);
}

function seen({ entry }: RecordRoute, values: ValueMap): SeenAction {
  try {
    return { operation: entry.name, resource: {}, arguments: parseArguments(entry, values) };
  } catch (error) {
    // Paths and codes of the schema, never a value.
    throw requestMismatch(error instanceof Error ? error.message : "arguments do not fit the declaration");
  }
}
