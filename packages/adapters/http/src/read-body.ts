import { type GatewayRequest, type Json, type Value, isValueMap, parseStrictJson } from "@watchword/core";
import type { ArgumentParts } from "./argument-parts.ts";
import { requestMismatch } from "./request-mismatch.ts";
import type { Route } from "./route.ts";

const JSON_TYPE = /^application\/json(?:\s*;\s*charset="?utf-8"?)?\s*$/i;

/**
 * Reads the body of a request: JSON that two parsers cannot read differently, with exactly the declared members. Where no
 * body is declared there is none.
 *
 * @throws Refusal `request_mismatch`
 */
export function readBody(route: Route, request: GatewayRequest, parts: ArgumentParts): void {
  if (route.body === undefined) {
    if (request.body.byteLength > 0) throw requestMismatch("a body where none is declared");
    return;
  }
  if (!JSON_TYPE.test(request.headers["content-type"] ?? "")) throw requestMismatch("the body is not JSON");
  const found = new Map<string, Value>();
  collect(parseObject(request.body), "", new Set(route.body.map(({ at }) => at)), found);
  for (const placement of route.body) {
    const value = found.get(placement.at);
    if ("constant" in placement) {
      if (value !== placement.constant) throw requestMismatch("a constant of the body is another");
    } else if (value !== undefined) parts.add(placement.argument, placement.part, value);
  }
}

function parseObject(body: Uint8Array): Readonly<Record<string, Json>> {
  let value: Json;
  try {
    value = parseStrictJson(body);
  } catch {
    throw requestMismatch("the body is not JSON in its strict form");
  }
  return objectOf(value);
}

function objectOf(value: Json): Readonly<Record<string, Json>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  throw requestMismatch("a member of the body is not declared");
}

/** INVARIANT: a member that no place was declared for ends the reading, however deep it stands. */
function collect(
  members: Readonly<Record<string, Json>>,
  above: string,
  places: ReadonlySet<string>,
  found: Map<string, Value>,
): void {
  for (const [name, member] of Object.entries(members)) {
    const at = `${above}/${name}`;
    if (places.has(at)) {
      found.set(at, valueOf(member));
    } else if ([...places].some((place) => place.startsWith(`${at}/`)))
      collect(objectOf(member), at, places, found);
    else throw requestMismatch("a member of the body is not declared");
  }
}

function valueOf(member: Json): Value {
  const held: unknown = { member };
  const value = isValueMap(held) ? held["member"] : undefined;
  if (value === undefined) throw requestMismatch("a member of the body is null");
  return value;
}
