import { type GatewayRequest, type SeenAction, type ValueMap, parseArguments } from "@watchword/core";
import { ArgumentParts } from "./argument-parts.ts";
import type { HttpSettings } from "./http-declaration.ts";
import { overridesMethod } from "./overrides-method.ts";
import { matchTemplate } from "./path-template.ts";
import { readBody } from "./read-body.ts";
import { readFormBody } from "./read-form-body.ts";
import { readPairs } from "./read-pairs.ts";
import { requestMismatch } from "./request-mismatch.ts";
import type { Route } from "./route.ts";

/**
 * Reads the action back from a request. Method, path, every query parameter and every member of the body must be
 * declared; what is not is refused, never passed on. An account that the tool named becomes part of what was seen, so that
 * a foreign one differs from the decided one.
 *
 * @throws Refusal `request_mismatch`
 */
export function readRequest(
  settings: HttpSettings,
  routes: readonly Route[],
  request: GatewayRequest,
): SeenAction {
  for (const name of Object.keys(request.headers)) {
    if (name === "content-encoding") throw requestMismatch("a content encoding is not accepted");
    if (overridesMethod(name)) throw requestMismatch("a header would change the method");
  }
  const candidates = routes.filter(
    (route) => route.method === request.method && matchTemplate(route.segments, request.path) !== undefined,
  );
  const [first, ...others] = candidates;
  if (first === undefined) throw requestMismatch("method and path are not declared");
  if (others.length === 0) return readAs(settings, first, request);
  // Constants or patterns tell them apart, as the declaration was checked for: at most one of them reads it.
  const read = candidates.flatMap((route) => attempt(() => readAs(settings, route, request)));
  const [seen] = read;
  if (seen === undefined || read.length > 1)
    throw requestMismatch("the request is none of the operations of its path");
  return seen;
}

function readAs(settings: HttpSettings, route: Route, request: GatewayRequest): SeenAction {
  const match = matchTemplate(route.segments, request.path);
  if (match === undefined) throw requestMismatch("method and path are not declared");
  const parts = new ArgumentParts(route.arguments);
  for (const [name, text] of match.texts) parts.addText(name, "whole", text);
  readPairs(route.query, request.query, parts);
  if (route.form === undefined) readBody(route, request, parts);
  else readFormBody(route.form, request, parts);
  return {
    operation: route.entry.name,
    resource: readAccount(settings, request, match.account),
    arguments: parse(() => parseArguments(route.entry, parts.whole())),
  };
}

function readAccount(
  { tenancy }: HttpSettings,
  request: GatewayRequest,
  inPath: string | undefined,
): { readonly account?: string } {
  const named = typeof tenancy === "object" ? request.headers[tenancy.header] : inPath;
  return named === undefined ? {} : { account: named };
}

function parse(read: () => ValueMap): ValueMap {
  try {
    return read();
  } catch (error) {
    // Paths and codes of the schema, never a value.
    throw requestMismatch(error instanceof Error ? error.message : "arguments do not fit the declaration");
  }
}

function attempt(read: () => SeenAction): SeenAction[] {
  try {
    return [read()];
  } catch {
    return [];
  }
}
