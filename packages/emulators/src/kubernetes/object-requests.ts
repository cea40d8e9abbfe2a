import { type ApiAnswer, shown } from "./api-answer.ts";
import {
  ApiStatus,
  type Kind,
  badRequest,
  conflict,
  invalid,
  methodNotAllowed,
  notFound,
} from "./api-status.ts";
import type { ClusterObject } from "./cluster-object.ts";
import { type ClusterState, KINDS } from "./cluster-state.ts";
import { mergePatch } from "./merge-patch.ts";

type Body = Readonly<Record<string, unknown>>;
const NAME = /^[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?$/;

/** What is asked of objects of one kind in one namespace. */
export interface ObjectRequest {
  readonly kind: string;
  readonly of: Kind;
  readonly verb: string;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly query: URLSearchParams;
  readonly contentType: string;
  readonly body: Body;
}

/** Reads and changes objects, whatever their kind. @throws ApiStatus as the API server refuses */
export function answerObjects(state: ClusterState, request: ObjectRequest): ApiAnswer {
  const { verb } = request;
  if (verb === "list") return listObjects(state, request);
  if (verb === "create") return createObject(state, request);
  const object = findObject(state, request);
  if (verb === "get") return shown(object);
  if (verb === "patch") return patchObject(state, object, request);
  if (verb === "delete") return deleteObject(state, object, request);
  throw methodNotAllowed();
}

/** @throws ApiStatus 404 */
export function findObject(
  state: ClusterState,
  { kind, of, namespace, name = "" }: Pick<ObjectRequest, "kind" | "of" | "namespace" | "name">,
): ClusterObject {
  const found = state.find(kind, namespace, name);
  if (found === undefined) throw notFound(of, name);
  return found;
}

/** A merge patch's body. @throws ApiStatus 415 for what is no patch, 400 for a list where an object belongs */
export function readPatch(
  contentType: string,
  body: Body,
): { readonly patch: Body; readonly strategic: boolean } {
  const [type = ""] = contentType.split(";");
  if (type === "application/json-patch+json")
    throw badRequest(
      "error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch",
    );
  if (type !== "application/merge-patch+json" && type !== "application/strategic-merge-patch+json")
    throw new ApiStatus(
      415,
      "UnsupportedMediaType",
      "the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml",
      {},
    );
  return { patch: body, strategic: type.startsWith("application/strategic") };
}

function listObjects(state: ClusterState, { kind, namespace, query }: ObjectRequest): ApiAnswer {
  const wanted = (query.get("labelSelector") ?? "").split(",").filter((part) => part !== "");
  const matching = state.list(kind, namespace).filter(({ metadata }) => {
    const labels = (metadata["labels"] ?? {}) as Readonly<Record<string, string>>;
    return wanted.every((part) => {
      const [key = "", value = ""] = part.split("=");
      return labels[key] === value;
    });
  });
  const from = Number(Buffer.from(query.get("continue") ?? "", "base64url").toString() || "0");
  const limit = Number(query.get("limit") ?? matching.length);
  const left = matching.length - from - limit;
  return shown({
    kind: `${kind}List`,
    apiVersion: KINDS[kind]?.apiVersion,
    metadata: {
      resourceVersion: "1000",
      ...(left > 0
        ? { continue: Buffer.from(String(from + limit)).toString("base64url"), remainingItemCount: left }
        : {}),
    },
    items: matching.slice(from, from + limit),
  });
}

function createObject(state: ClusterState, { kind, of, namespace, body }: ObjectRequest): ApiAnswer {
  const { apiVersion } = KINDS[kind] ?? { apiVersion: "" };
  // Where a body does not say what it is, the path does.
  if ((body["kind"] ?? kind) !== kind || (body["apiVersion"] ?? apiVersion) !== apiVersion)
    throw badRequest(`the object provided is unrecognized (must be of type ${kind})`);
  const metadata = (body["metadata"] ?? {}) as { readonly name?: string; readonly namespace?: string };
  const { name = "" } = metadata;
  if (metadata.namespace !== undefined && metadata.namespace !== namespace)
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  if (namespace !== undefined && state.find("Namespace", undefined, namespace) === undefined)
    throw notFound({ group: "", resource: "namespaces" }, namespace);
  if (!NAME.test(name))
    throw invalid({ kind, group: of.group }, name, {
      field: "metadata.name",
      value: name,
      why: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
    });
  const created = state.create({
    ...body,
    apiVersion,
    kind,
    metadata: { ...metadata, name, ...(namespace === undefined ? {} : { namespace }) },
  });
  return { status: 201, body: created, kind: kind === "Secret" ? "mint" : "effect" };
}

function patchObject(
  state: ClusterState,
  before: ClusterObject,
  { contentType, of, body }: ObjectRequest,
): ApiAnswer {
  const { patch, strategic } = readPatch(contentType, body);
  const after = mergePatch(before, patch, strategic) as ClusterObject;
  for (const member of ["name", "uid"] as const)
    if (after.metadata[member] !== before.metadata[member])
      throw invalid({ kind: before.kind, group: of.group }, before.metadata.name, {
        field: `metadata.${member}`,
        value: after.metadata[member],
        why: "field is immutable",
      });
  const { object, changed } = state.update(before, after);
  return { status: 200, body: object, kind: changed ? "effect" : "refused" };
}

function deleteObject(state: ClusterState, object: ClusterObject, { of, body }: ObjectRequest): ApiAnswer {
  const { uid: wanted } = (body["preconditions"] ?? {}) as { readonly uid?: string };
  const { name, uid } = object.metadata;
  if (wanted !== undefined && wanted !== uid)
    throw conflict(
      of,
      name,
      `Precondition failed: UID in precondition: ${wanted}, UID in object meta: ${uid}`,
    );
  const kind = object.kind === "Secret" ? "revoke" : "effect";
  const ended = { ...object, metadata: { ...object.metadata, deletionTimestamp: state.timestamp() } };
  if (Array.isArray(object.metadata["finalizers"]))
    return { status: 200, body: state.update(object, ended).object, kind };
  state.remove(object);
  // A pod is still told to stop, so that it is what is answered.
  if (object.kind === "Pod") return { status: 200, body: ended, kind };
  return {
    status: 200,
    kind,
    body: {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Success",
      details: { name, ...(of.group === "" ? {} : { group: of.group }), kind: of.resource, uid },
    },
  };
}
