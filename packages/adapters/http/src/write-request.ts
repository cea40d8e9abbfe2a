import {
  type Authority,
  type OutboundRequest,
  Refusal,
  type Stamp,
  type Value,
  type ValueMap,
  isMoney,
} from "@watchword/core";
import type { ArgumentDeclaration } from "./argument-declaration.ts";
import { fixedHeaders } from "./fixed-headers.ts";
import type { HttpSettings } from "./http-declaration.ts";
import { pointerPath } from "./json-pointer.ts";
import { baseUrlOf } from "./origin-of.ts";
import { fillTemplate } from "./path-template.ts";
import { writeDecimal } from "./placed-text.ts";
import type { Placement } from "./placement.ts";
import { type Route, findRoute } from "./route.ts";

/**
 * Builds what goes to the system from decided values alone: host, path, account, headers, query and body come from
 * declaration, authority and stamp. Nothing of the tool's request is kept.
 */
export function writeRequest(
  settings: HttpSettings,
  routes: readonly Route[],
  authority: Authority,
  stamp: Stamp,
): OutboundRequest {
  const route = findRoute(routes, authority.operation);
  const url = `${baseUrlOf(settings, authority.resource["account"])}${writePath(route, authority)}${writeQuery(route, authority)}`;
  const headers = fixedHeaders(settings, authority.resource["account"]);
  if (authority.access === "write") {
    if (settings.idempotencyKey !== undefined) headers[settings.idempotencyKey] = stamp.idempotencyKey;
    if (settings.decisionId !== undefined) headers[settings.decisionId] = stamp.decisionId;
  }
  const text = writeText(route, authority);
  if (text === undefined) return { method: route.method, url, headers, body: undefined };
  headers["content-type"] =
    route.form === undefined ? "application/json" : "application/x-www-form-urlencoded";
  return { method: route.method, url, headers, body: new TextEncoder().encode(text) };
}

/** The path of an operation, for look-ups too. @throws Refusal `request_malformed` */
export function writePath(route: Route, { resource, arguments: values }: PathParts): string {
  const path = fillTemplate(route.segments, (segment) => {
    if ("account" in segment) return resource["account"];
    const value = Object.hasOwn(values, segment.argument) ? values[segment.argument] : undefined;
    return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
  });
  if (path !== undefined) return path;
  throw new Refusal("request_malformed", {
    detail: `http: account or an argument of ${route.entry.name} cannot stand in a path`,
    failedFact: "resource",
  });
}

/** The part of an authority that paths and queries are written from. */
export interface PathParts {
  readonly resource: Readonly<Record<string, string>>;
  readonly arguments: ValueMap;
}

/** The query of an operation with its question mark, in the order of the declaration. */
export function writeQuery(route: Route, parts: PathParts): string {
  const pairs = writePairs(route, route.query, parts);
  return pairs === "" ? "" : `?${pairs}`;
}

function writeText(route: Route, authority: Authority): string | undefined {
  if (route.form !== undefined) return writePairs(route, route.form, authority);
  return route.body === undefined ? undefined : JSON.stringify(writeBody(route, authority));
}

function writePairs(route: Route, places: readonly Placement[], parts: PathParts): string {
  const pairs = places.flatMap((placement) => {
    const value = placedValue(route, placement, parts.arguments);
    // Lists and objects have no place here; the declaration was checked for it.
    return value === undefined || typeof value === "object"
      ? []
      : [`${encode(placement.at)}=${encode(String(value))}`];
  });
  return pairs.join("&");
}

function writeBody(route: Route, authority: Authority): object {
  const body: Record<string, unknown> = {};
  for (const placement of route.body ?? []) {
    const value = placedValue(route, placement, authority.arguments);
    if (value !== undefined) place(body, pointerPath(placement.at), value);
  }
  return body;
}

function place(body: Record<string, unknown>, [name = "", ...below]: readonly string[], value: Value): void {
  if (below.length === 0) {
    body[name] = value;
    return;
  }
  const inner = (body[name] ?? {}) as Record<string, unknown>;
  body[name] = inner;
  place(inner, below, value);
}

function placedValue(route: Route, placement: Placement, values: ValueMap): Value | undefined {
  if ("constant" in placement) return placement.constant;
  const { argument, part } = placement;
  const value = Object.hasOwn(values, argument) ? values[argument] : undefined;
  const declared = Object.hasOwn(route.arguments, argument) ? route.arguments[argument] : undefined;
  if (value === undefined || declared === undefined) return undefined;
  return part === "whole" ? value : sideOf(declared, part, value);
}

function sideOf(declared: ArgumentDeclaration, part: "minor" | "currency", value: Value): Value {
  if (declared.type !== "money" || !isMoney(value))
    throw new Refusal("internal", { detail: "http: an amount was never decided" });
  if (part === "currency") return declared.codes === "lower" ? value.currency.toLowerCase() : value.currency;
  return declared.units === "minor" ? value.minor : writeDecimal(value.minor, value.currency);
}

/** Everything but letters, digits and `-_.~` is encoded, so that no two readers split it differently. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
