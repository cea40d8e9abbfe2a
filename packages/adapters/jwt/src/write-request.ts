import {
  type Authority,
  type OutboundRequest,
  Refusal,
  type SealedCredential,
  type Stamp,
  type Value,
  canonicalJson,
} from "@watchword/core";
import type { JwtSettings } from "./jwt-options.ts";
import { pathText } from "./path-value.ts";
import { WITH_BODY } from "./service-operation.ts";
import { type ServiceRoute, findRoute } from "./service-route.ts";

/** Builds what goes to the service from decided values alone; of the tool's request nothing is kept. */
export function writeRequest(
  { operations, baseUrl }: JwtSettings,
  authority: Authority,
  stamp: Stamp,
): OutboundRequest {
  const route = findRoute(operations, authority.operation);
  const { path, others } = placesOf(route, authority);
  const headers: Record<string, string> = {
    accept: "application/json",
    "user-agent": "watchword-adapter-jwt",
    ...(authority.access === "write" ? { "idempotency-key": stamp.idempotencyKey } : {}),
  };
  if (WITH_BODY.includes(route.method)) {
    headers["content-type"] = "application/json";
    const body = new TextEncoder().encode(canonicalJson(Object.fromEntries(others)));
    return { method: route.method, url: `${baseUrl}${path}`, headers, body };
  }
  const query = others.map(([name, value]) => `${encodeURIComponent(name)}=${queryText(name, value)}`);
  const url = `${baseUrl}${path}${query.length === 0 ? "" : `?${query.join("&")}`}`;
  return { method: route.method, url, headers, body: undefined };
}

/** Puts a token that never left the gateway on a request. One that is bound to a run's key opens nothing in this way. */
export function injectToken(request: OutboundRequest, credential: SealedCredential): OutboundRequest {
  return {
    ...request,
    headers: { ...request.headers, authorization: credential.open((token) => `Bearer ${token}`) },
  };
}

function placesOf(
  { segments }: ServiceRoute,
  authority: Authority,
): { readonly path: string; readonly others: readonly (readonly [string, Value])[] } {
  const inPath = new Set<string>();
  const pieces = segments.map((segment) => {
    if ("text" in segment) return segment.text;
    inPath.add(segment.argument);
    const text = pathText(authority.arguments[segment.argument]);
    if (text === undefined) throw unplanned(segment.argument);
    return text;
  });
  const others = Object.entries(authority.arguments).filter(([name]) => !inPath.has(name));
  return { path: `/${pieces.join("/")}`, others };
}

function queryText(name: string, value: Value): string {
  if (typeof value === "object") throw unplanned(name);
  return encodeURIComponent(String(value));
}

function unplanned(name: string): Refusal {
  return new Refusal("internal", {
    detail: `jwt: authority holds an argument that was never planned: ${name}`,
  });
}
