import {
  type GatewayRequest,
  type SeenAction,
  type Value,
  type ValueMap,
  isValueMap,
  parseArguments,
  parseStrictJson,
} from "@watchword/core";
import { boundValue } from "./argument-declaration.ts";
import type { CompiledStatement } from "./compiled-statement.ts";
import { findAnyOperation } from "./find-operation.ts";
import { requestMismatch } from "./request-mismatch.ts";
import type { SnowflakeSettings } from "./snowflake-options.ts";
import { WAITED_SECONDS } from "./token-seconds.ts";

const STATEMENTS = "/api/v2/statements";
const ONE = /^\/api\/v2\/statements\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(\/cancel)?$/;
const MAX_BODY_BYTES = 65_536;
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;
/** Members by which a tool may say again where its statement runs. */
const PLACES: readonly string[] = ["role", "warehouse", "database", "schema"];

/**
 * Reads the action back from a request to the SQL API. A statement is known by its whole text and by nothing else; a bind variable is read
 * with its declared type. Session parameters, other statements and every member that is not named here are refused.
 *
 * @throws Refusal `request_mismatch`
 */
export function readRequest(settings: SnowflakeSettings, request: GatewayRequest): SeenAction {
  if (request.headers["content-encoding"] !== undefined)
    throw requestMismatch("a content encoding is not accepted");
  if (request.method === "POST" && request.path === STATEMENTS) return readStatement(settings, request);
  const [, statement, cancel] = ONE.exec(request.path) ?? [];
  if (statement === undefined) throw requestMismatch("method and path are not in the catalogue");
  if (request.body.byteLength > 0 && new TextDecoder().decode(request.body) !== "{}")
    throw requestMismatch("a body where there is none");
  if (request.method === "POST" && cancel !== undefined && request.query.length === 0)
    return { operation: "statements.cancel", resource: {}, arguments: { statement } };
  if (request.method !== "GET" || cancel !== undefined || request.body.byteLength > 0)
    throw requestMismatch("method and path are not in the catalogue");
  const seen = { statement, ...readPartition(request) };
  return { operation: "results.read", resource: {}, arguments: checked(settings, "results.read", seen) };
}

function readPartition({ query: [first, ...others] }: GatewayRequest): ValueMap {
  if (first === undefined) return {};
  const [name, text] = first;
  if (others.length > 0 || name !== "partition" || !/^(?:0|[1-9]\d{0,5})$/.test(text))
    throw requestMismatch("the query holds something else than one partition");
  return { partition: Number(text) };
}

function readStatement(settings: SnowflakeSettings, request: GatewayRequest): SeenAction {
  const { statement: text, bindings = {}, timeout, ...others } = readBody(request);
  const compiled = settings.statements.find((each) => each.text === text);
  const [select] = settings.select;
  const found = compiled ?? select;
  if (found === undefined) throw requestMismatch("the statement is not declared in this spelling");
  if (timeout !== undefined && timeout !== (compiled?.timeoutSeconds ?? WAITED_SECONDS))
    throw requestMismatch("the timeout is not the declared one");
  readAsync(compiled?.async === true, request);
  const resource: Record<string, string> = {};
  for (const [name, value] of Object.entries(others)) {
    if (!PLACES.includes(name) || typeof value !== "string")
      throw requestMismatch("a member of the body is not in the catalogue");
    resource[name] = value;
  }
  const { name } = found.entry;
  // An agent's own query is its text, and nothing is bound to it.
  const values =
    compiled === undefined
      ? { statement: text ?? "", ...readNone(bindings) }
      : readBindings(compiled, bindings);
  return { operation: name, resource, arguments: checked(settings, name, values) };
}

/** How a statement is answered is declared; a request may say so, and may not say otherwise. */
function readAsync(async: boolean, { query: [first, ...others] }: GatewayRequest): void {
  if (first === undefined) return;
  if (others.length > 0 || first[0] !== "async" || first[1] !== String(async))
    throw requestMismatch("the query holds something that is not declared");
}

function readNone(bindings: Value): ValueMap {
  if (!isValueMap(bindings) || Object.keys(bindings).length > 0)
    throw requestMismatch("a bind variable without a place");
  return {};
}

function readBindings({ places, arguments: declared }: CompiledStatement, bindings: Value): ValueMap {
  if (!isValueMap(bindings) || Object.keys(bindings).length !== places.length)
    throw requestMismatch("there are not as many bind variables as places");
  const values = new Map<string, Value>();
  for (const [index, name] of places.entries()) {
    const argument = declared[name];
    const binding = Object.hasOwn(bindings, String(index + 1)) ? bindings[String(index + 1)] : undefined;
    const value = argument === undefined ? undefined : boundValue(argument, binding);
    if (value === undefined) throw requestMismatch("a bind variable is not written as declared");
    if (values.has(name) && values.get(name) !== value) throw requestMismatch("an argument has two values");
    values.set(name, value);
  }
  return Object.fromEntries(values);
}

function readBody({ body, headers }: GatewayRequest): Readonly<Record<string, Value>> {
  if (body.byteLength > MAX_BODY_BYTES)
    throw requestMismatch(`the body is larger than ${MAX_BODY_BYTES} bytes`);
  if (!JSON_TYPE.test(headers["content-type"] ?? "")) throw requestMismatch("the body is not JSON");
  let json: unknown;
  try {
    json = parseStrictJson(body, { maxBytes: MAX_BODY_BYTES });
  } catch {
    throw requestMismatch("the body is not strict JSON");
  }
  if (!isValueMap(json)) throw requestMismatch("the body is not an object of values");
  return json;
}

function checked(settings: SnowflakeSettings, name: string, values: ValueMap): ValueMap {
  try {
    return parseArguments(findAnyOperation(settings, name).entry, values);
  } catch (error) {
    // Paths and codes of the schema, never a value.
    throw requestMismatch(error instanceof Error ? error.message : "arguments do not fit the declaration");
  }
}
