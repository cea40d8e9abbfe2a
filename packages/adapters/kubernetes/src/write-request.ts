import {
  type Authority,
  type OutboundRequest,
  Refusal,
  type SealedCredential,
  type Stamp,
  type Value,
} from "@watchword/core";
import { BODY_FORMS } from "./body-forms.ts";
import { USER_AGENT, bearer } from "./kubernetes-headers.ts";
import type { KubernetesSettings } from "./kubernetes-options.ts";
import { pathOf } from "./route-path.ts";
import { type QueryKind, routeOf } from "./routes.ts";

/**
 * Builds what goes to the API server from decided values alone. Nothing of the tool's request is kept: host, namespace, path,
 * headers, media type and every parameter come from the authority, the mark of a restart from the stamp.
 */
export function writeRequest(
  settings: KubernetesSettings,
  authority: Authority,
  stamp: Stamp,
): OutboundRequest {
  const route = routeOf(authority.operation);
  const query = new URLSearchParams();
  for (const [name, kind] of Object.entries(route.query)) {
    const value = authority.arguments[name];
    if (value !== undefined) query.append(name, writeValue(kind, value));
  }
  const path = pathOf(route, authority.resource["namespace"], authority.arguments);
  const form = BODY_FORMS[authority.operation];
  const body = form?.write(authority.arguments, stamp);
  return {
    method: route.method,
    url: `${settings.baseUrl}${path}${query.size === 0 ? "" : `?${query.toString()}`}`,
    headers: {
      // Never protobuf or a table, whatever the tool's client asked for; a log is plain text.
      accept: route.subresource === "log" ? "application/json, */*" : "application/json",
      "user-agent": USER_AGENT,
      ...(body === undefined ? {} : { "content-type": form?.types[0] ?? "application/json" }),
    },
    body: body === undefined ? undefined : new TextEncoder().encode(JSON.stringify(body)),
  };
}

/** Puts the token on a request that {@link writeRequest} built. */
export function injectToken(request: OutboundRequest, credential: SealedCredential): OutboundRequest {
  return { ...request, headers: { ...request.headers, authorization: bearer(credential) } };
}

function writeValue(kind: QueryKind, value: Value): string {
  if (kind === "text" && typeof value === "string") return value;
  if (kind === "integer" && typeof value === "number") return String(value);
  if (kind === "boolean" && typeof value === "boolean") return String(value);
  throw new Refusal("internal", { detail: "kubernetes: authority holds an argument that was never planned" });
}
