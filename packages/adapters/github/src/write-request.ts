import {
  type Authority,
  type OutboundRequest,
  Refusal,
  type SealedCredential,
  type Value,
} from "@watchword/core";
import type { GithubSettings } from "./github-options.ts";
import { bearer, githubHeaders } from "./github-headers.ts";
import { pathArguments, pathOf } from "./route-path.ts";
import type { QueryKind, Route } from "./route.ts";
import { routeOf } from "./routes.ts";
import { writeSearch } from "./search-query.ts";

/** Arguments that the token is bound by; GitHub's requests have no place for them. */
const BY_TOKEN: ReadonlySet<string> = new Set(["repositoryId"]);

/**
 * Builds what goes to GitHub from decided values alone. Nothing of the tool's request is kept: host, path, headers and
 * every parameter come from the authority. The decided head stands in a merge, so that GitHub itself refuses a moved one.
 */
export function writeRequest(settings: GithubSettings, authority: Authority): OutboundRequest {
  const route = routeOf(authority.operation);
  const placed = new Set(pathArguments(route));
  const query = new URLSearchParams();
  const repository = authority.resource["repository"] ?? "";
  if (route.search !== undefined) {
    query.append("q", writeSearch(route, repository, authority.arguments["text"]));
    placed.add("text");
  }
  for (const [parameter, [argument, kind]] of Object.entries(route.query)) {
    const value = authority.arguments[argument];
    placed.add(argument);
    if (value !== undefined) query.append(parameter, writeValue(kind, value));
  }
  const body = writeBody(route, authority, placed);
  for (const name of Object.keys(authority.arguments))
    if (!placed.has(name) && !BY_TOKEN.has(name)) throw unplanned(name);
  const url = `${settings.baseUrl}${pathOf(route, repository, authority.arguments)}`;
  return {
    method: route.method,
    url: query.size === 0 ? url : `${url}?${query.toString()}`,
    headers: githubHeaders(body === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
    body,
  };
}

/** Puts the token on a request that {@link writeRequest} built. */
export function injectToken(request: OutboundRequest, credential: SealedCredential): OutboundRequest {
  return { ...request, headers: { ...request.headers, authorization: bearer(credential) } };
}

function writeBody(route: Route, authority: Authority, placed: Set<string>): Uint8Array | undefined {
  const members: Record<string, Value> = {};
  for (const [member, [argument, prefix]] of Object.entries(route.body)) {
    const value = authority.arguments[argument];
    placed.add(argument);
    if (value === undefined) continue;
    if (prefix !== "" && typeof value !== "string") throw unplanned(argument);
    members[member] = typeof value === "string" ? `${prefix}${value}` : value;
  }
  return Object.keys(route.body).length === 0 ? undefined : new TextEncoder().encode(JSON.stringify(members));
}

function writeValue(kind: QueryKind, value: Value): string {
  if (kind === "names" && Array.isArray(value)) return value.join(",");
  if (kind === "text" && typeof value === "string") return value;
  if (kind === "integer" && typeof value === "number") return String(value);
  throw unplanned("query");
}

function unplanned(name: string): Refusal {
  return new Refusal("internal", {
    detail: `github: authority holds an argument that was never planned: ${name}`,
  });
}
