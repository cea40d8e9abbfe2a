import {
  type Authority,
  type GatewayRequest,
  type OutboundRequest,
  Refusal,
  type SealedCredential,
  type Stamp,
  type Value,
  isMoney,
} from "@watchword/core";
import { type Pairs, writeForm } from "./form.ts";
import { openKey, stripeHeaders } from "./stripe-headers.ts";
import { CURRENCY, type Route, routeOf } from "./routes.ts";
import type { StripeSettings } from "./stripe-options.ts";

const VERSION = /^\d{4}-\d{2}-\d{2}(?:\.[a-z]{1,32})?$/;

/**
 * Builds what goes to Stripe from decided values alone. Of the tool's request only a well-formed `Stripe-Version` is
 * kept: host, path, account, idempotency key and every parameter come from authority and stamp.
 */
export function writeRequest(
  settings: StripeSettings,
  authority: Authority,
  request: GatewayRequest,
  stamp: Stamp,
): OutboundRequest {
  const route = routeOf(authority.operation);
  const pairs = writeFields(route, authority);
  const url = `${settings.baseUrl}${writePath(route, authority)}`;
  const headers: Record<string, string> = stripeHeaders(settings, authority.resource["account"]);
  const version = request.headers["stripe-version"];
  if (version !== undefined && VERSION.test(version)) headers["stripe-version"] = version;
  // Stripe takes no idempotency key on a DELETE: what it ended once is not there a second time.
  if (route.method !== "POST")
    return {
      method: route.method,
      url: pairs.length === 0 ? url : `${url}?${writeForm(pairs)}`,
      headers,
      body: undefined,
    };

  headers["idempotency-key"] = stamp.idempotencyKey;
  const stamped: Pairs = route.stamped
    ? [...pairs, ["metadata[watchword_decision]", stamp.decisionId]]
    : pairs;
  if (stamped.length === 0) return { method: "POST", url, headers, body: undefined };
  headers["content-type"] = "application/x-www-form-urlencoded";
  return { method: "POST", url, headers, body: new TextEncoder().encode(writeForm(stamped)) };
}

/** Puts the key on a request that {@link writeRequest} built. */
export function injectKey(request: OutboundRequest, credential: SealedCredential): OutboundRequest {
  return { ...request, headers: { ...request.headers, authorization: `Bearer ${openKey(credential)}` } };
}

function writePath(route: Route, authority: Authority): string {
  if (route.pathArgument === undefined) return route.before;
  const id = authority.arguments[route.pathArgument];
  if (typeof id !== "string" || !/^[A-Za-z0-9_]+$/.test(id)) throw unplanned(route.pathArgument);
  return `${route.before}${id}${route.after}`;
}

function writeFields(route: Route, authority: Authority): Pairs {
  return Object.entries(authority.arguments).flatMap(([name, value]) =>
    name === route.pathArgument ? [] : writeField(route, name, value),
  );
}

function writeField(route: Route, name: string, value: Value): Pairs {
  const kind = Object.hasOwn(route.fields, name) ? route.fields[name] : undefined;
  if (kind === "text" && typeof value === "string") return [[name, value]];
  if (kind === "integer" && typeof value === "number") return [[name, String(value)]];
  if (kind === "boolean" && typeof value === "boolean") return [[name, String(value)]];
  if (kind === "unsent") return [];
  if (kind === "amount" && isMoney(value)) return [[name, String(value.minor)]];
  if (kind === "money" && isMoney(value))
    return [
      [name, String(value.minor)],
      [CURRENCY, value.currency.toLowerCase()],
    ];
  if (kind === "map" && typeof value === "object" && !Array.isArray(value)) {
    return Object.entries(value).map(([member, text]) => {
      if (typeof text !== "string") throw unplanned(name);
      return [`${name}[${member}]`, text] as const;
    });
  }
  throw unplanned(name);
}

function unplanned(name: string): Refusal {
  return new Refusal("internal", {
    detail: `stripe: authority holds an argument that was never planned: ${name}`,
  });
}
