import { noSuchResource, type Kind } from "./api-status.ts";

/** A request, read whole. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly authorization: string | undefined;
  readonly contentType: string;
  readonly impersonate: string | undefined;
  readonly userAgent: string;
  readonly body: Buffer;
}

/** What a request asks for, as the API server reads it before it asks whether that is allowed. */
export interface ResourceRequest extends Kind {
  readonly verb: string;
  readonly version: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

/** A path that is no resource, such as `/version`. */
export interface PathRequest {
  readonly verb: string;
  readonly path: string;
}

const VERBS: Readonly<Record<string, string>> = {
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
  GET: "get",
  HEAD: "get",
};

/** Reads method and path. @throws ApiStatus 404 for a method that there is not */
export function readResource(request: ApiRequest): ResourceRequest | PathRequest {
  const parts = request.path
    .split("/")
    .slice(1)
    .filter((part) => part !== "");
  const verb = VERBS[request.method];
  if (verb === undefined) throw noSuchResource();
  const [root, ...below] = parts;
  const [group, version, ...rest] = root === "api" ? ["", ...below] : root === "apis" ? below : [];
  if (group === undefined || version === undefined || rest.length === 0)
    return { verb: request.method.toLowerCase(), path: request.path };
  const namespaced = rest[0] === "namespaces" && rest.length > 2;
  const [resource = "", name, ...sub] = namespaced ? rest.slice(2) : rest;
  const collection = name === undefined;
  const query = new URLSearchParams(request.query);
  const watched = ["true", "1"].includes(query.get("watch") ?? "");
  const ofCollection: Readonly<Record<string, string>> = {
    get: watched ? "watch" : "list",
    delete: "deletecollection",
  };
  return {
    verb: collection ? (ofCollection[verb] ?? verb) : verb,
    group,
    version,
    namespace: namespaced ? rest[1] : undefined,
    resource,
    name,
    subresource: sub.length === 0 ? undefined : sub.join("/"),
  };
}
