import {
  type GatewayRequest,
  type SeenAction,
  type Value,
  type ValueMap,
  isValueMap,
  parseStrictJson,
} from "@watchword/core";
import { z } from "zod";
import { requestMismatch } from "./request-mismatch.ts";
import { WITH_BODY } from "./service-operation.ts";
import type { ServiceRoute } from "./service-route.ts";

const MAX_BODY_BYTES = 65_536;
const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;

/**
 * Reads the action back from a request in its one spelling. Its tenant is not in the request: the token says it.
 *
 * @throws Refusal `request_mismatch`
 */
export function readRequest(routes: readonly ServiceRoute[], request: GatewayRequest): SeenAction {
  if (request.headers["content-encoding"] !== undefined)
    throw requestMismatch("a content encoding is not accepted");
  const pieces = request.path.slice(1).split("/");
  for (const route of routes) {
    const inPath = route.method === request.method ? readPath(route, pieces) : undefined;
    if (inPath === undefined) continue;
    const others = WITH_BODY.includes(route.method) ? readBody(request) : readQuery(route, request);
    for (const name of Object.keys(others))
      if (Object.hasOwn(inPath, name)) throw requestMismatch("an argument has two places");
    return { operation: route.entry.name, resource: {}, arguments: { ...inPath, ...others } };
  }
  throw requestMismatch("not an operation of the service");
}

/** The arguments in the path; `undefined` when it is not this route's. */
function readPath(
  { segments, entry }: ServiceRoute,
  pieces: readonly string[],
): Record<string, Value> | undefined {
  if (pieces.length !== segments.length) return undefined;
  const values: Record<string, Value> = {};
  for (const [index, segment] of segments.entries()) {
    const piece = pieces[index] ?? "";
    if ("text" in segment) {
      if (piece !== segment.text) return undefined;
      continue;
    }
    const value = readText(entry.arguments.shape[segment.argument], piece);
    if (value === undefined) return undefined;
    values[segment.argument] = value;
  }
  return values;
}

function readQuery({ entry }: ServiceRoute, { query, body }: GatewayRequest): Record<string, Value> {
  if (body.byteLength > 0) throw requestMismatch("a body where there is none");
  const values: Record<string, Value> = {};
  for (const [name, text] of query) {
    if (Object.hasOwn(values, name)) throw requestMismatch("an argument is repeated");
    const { shape } = entry.arguments;
    const value = Object.hasOwn(shape, name) ? readText(shape[name], text) : undefined;
    if (value === undefined) throw requestMismatch("the query holds something that is not an argument");
    values[name] = value;
  }
  return values;
}

function readBody({ query, body, headers }: GatewayRequest): ValueMap {
  if (query.length > 0) throw requestMismatch("a query beside a body");
  if (body.byteLength === 0) return {};
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

/** A text as the argument's own type has it, in one spelling. */
function readText(schema: unknown, text: string): Value | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  const readings: Value[] = [text];
  if (/^(?:0|-?[1-9]\d{0,15})$/.test(text)) readings.push(Number(text));
  if (text === "true" || text === "false") readings.push(text === "true");
  return readings.find((value) => schema.safeParse(value).success);
}
