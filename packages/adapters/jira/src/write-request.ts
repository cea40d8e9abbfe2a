import {
  type Authority,
  type OutboundRequest,
  Refusal,
  type SealedCredential,
  type Stamp,
  type Value,
} from "@watchword/core";
import { writeBody } from "./body-forms.ts";
import { bearer, jiraHeaders } from "./jira-headers.ts";
import type { JiraSettings } from "./jira-options.ts";
import { writeJql } from "./jql.ts";
import { pathOf } from "./route-path.ts";
import { type QueryKind, type Route, routeOf } from "./routes.ts";

/** The property that Jira keeps the decision's id under, on issues and comments. */
const STAMP_KEY = "watchword";
/** Bodies that Jira takes properties in. */
const STAMPED: ReadonlySet<Route["body"]> = new Set(["create", "edit", "labels", "comment"] as const);

/**
 * Builds what goes to Jira from decided values alone. Nothing of the tool's request is kept: host, site, path, JQL, headers
 * and every member of the body come from the authority.
 */
export function writeRequest(settings: JiraSettings, authority: Authority, stamp: Stamp): OutboundRequest {
  const route = routeOf(settings.kind, authority.operation);
  const query = writeQuery(route, authority);
  const url = `${settings.baseUrl}${pathOf(settings, route, authority.resource, authority.arguments)}`;
  const body = writeText(settings, route, authority, stamp);
  return {
    method: route.method,
    url: query === "" ? url : `${url}?${query}`,
    headers: jiraHeaders(body === undefined ? {} : { "content-type": "application/json" }),
    body,
  };
}

/** Puts the token on a request that {@link writeRequest} built. */
export function injectToken(request: OutboundRequest, credential: SealedCredential): OutboundRequest {
  return { ...request, headers: { ...request.headers, authorization: bearer(credential) } };
}

function writeQuery(route: Route, { arguments: values }: Authority): string {
  const query = new URLSearchParams();
  // INVARIANT: by its number. In JQL a quoted project is a key or a name, and another project may be called like this one.
  const { projectId } = values;
  if (route.jql) {
    if (typeof projectId !== "string" || !/^[1-9]\d*$/.test(projectId)) throw unplanned("projectId");
    query.append("jql", writeJql({ id: projectId }, values));
  }
  for (const [parameter, kind] of Object.entries(route.query)) {
    const value = values[parameter];
    if (value !== undefined) query.append(parameter, writeValue(kind, value));
  }
  return query.toString();
}

function writeValue(kind: QueryKind, value: Value): string {
  if (kind === "names" && Array.isArray(value)) return value.join(",");
  if (kind === "integer" && typeof value === "number") return String(value);
  throw unplanned("query");
}

function writeText(
  { kind }: JiraSettings,
  route: Route,
  authority: Authority,
  stamp: Stamp,
): Uint8Array | undefined {
  if (route.body === undefined) return undefined;
  const body = writeBody(kind, route.body, authority.arguments);
  const stamped = STAMPED.has(route.body)
    ? { ...body, properties: [{ key: STAMP_KEY, value: { decision: stamp.decisionId } }] }
    : body;
  return new TextEncoder().encode(JSON.stringify(stamped));
}

function unplanned(name: string): Refusal {
  return new Refusal("internal", {
    detail: `jira: authority holds something that was never planned: ${name}`,
  });
}
