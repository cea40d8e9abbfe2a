import { type GatewayRequest, type SeenAction, type ValueMap, parseArguments } from "@watchword/core";
import type { GoogleSettings } from "./google-options.ts";
import { operationOf } from "./plan-authority.ts";
import { requestMismatch } from "./request-mismatch.ts";

const GENERATION = "x-goog-if-generation-match";
/** What Google's clients say of themselves. None of it goes on. */
const CLIENT: ReadonlySet<string> = new Set(["x-goog-api-client", "x-goog-gcs-idempotency-token"]);
/** Headers by which the same request would be another: a part of an object, a condition, a coded body. */
const CHANGING: ReadonlySet<string> = new Set([
  "cache-control",
  "content-disposition",
  "content-encoding",
  "content-language",
  "content-md5",
  "expires",
  "if-match",
  "if-modified-since",
  "if-none-match",
  "if-range",
  "if-unmodified-since",
  "range",
]);
const LISTING: Readonly<Record<string, string>> = {
  prefix: "prefix",
  maxResults: "limit",
  pageToken: "page",
};

type Tenancy = Pick<GoogleSettings, "tenancy">;

/**
 * Reads the action back from a tool's request, in its one spelling: objects by `/bucket/name`, lists by `/storage/v1/b/bucket/o`. Bucket and
 * prefix are read as the account, which must be the tenant's.
 *
 * @throws Refusal `request_mismatch` for anything else
 */
export function readRequest(settings: Tenancy, request: GatewayRequest): SeenAction {
  refuseHeaders(request);
  const seen = request.path.startsWith("/storage/v1/")
    ? readListing(settings, request)
    : readObject(settings, request);
  try {
    return { ...seen, arguments: parseArguments(operationOf(seen.operation), seen.arguments) };
  } catch {
    throw requestMismatch("an argument is not in its one spelling");
  }
}

function readObject({ tenancy }: Tenancy, request: GatewayRequest): SeenAction {
  if (request.query.length > 0) throw requestMismatch("a query parameter is no part of the operation");
  const segments = request.path.slice(1).split("/");
  const account = segments.splice(0, tenancy === "bucket" ? 1 : 2).join("/");
  const name = segments.join("/");
  const generation = request.headers[GENERATION];
  const condition: ValueMap = generation === undefined ? {} : { generation };
  const seen = (operation: string, values: ValueMap): SeenAction => ({
    operation: `storage.objects.${operation}`,
    resource: { account },
    arguments: { name, ...values },
  });
  if (request.method === "PUT")
    // Generation 0 is no object at all: only what is not there yet is written.
    return generation === "0"
      ? seen("create", contentOf(request))
      : seen("replace", { ...contentOf(request), ...condition });
  refuseBody(request);
  if (request.method === "GET") return seen("get", condition);
  if (request.method === "DELETE") return seen("delete", condition);
  throw requestMismatch("no operation has this method");
}

function readListing({ tenancy }: Tenancy, request: GatewayRequest): SeenAction {
  const [, bucket] = /^\/storage\/v1\/b\/([^/]+)\/o$/.exec(request.path) ?? [];
  if (request.method !== "GET" || bucket === undefined)
    throw requestMismatch("objects are listed, and nothing else");
  refuseBody(request);
  const values: Record<string, string | number> = {};
  for (const [name, value] of request.query) {
    const argument = Object.hasOwn(LISTING, name) ? LISTING[name] : undefined;
    if (argument === undefined || argument in values)
      throw requestMismatch("a query parameter is no part of the operation, or comes twice");
    values[argument] = argument === "limit" ? wholeNumber(value) : value;
  }
  const operation = "storage.objects.list";
  const prefix = String(values["prefix"] ?? "");
  if (tenancy === "bucket")
    return { operation, resource: { account: bucket }, arguments: { ...values, prefix } };
  const [, tenant, rest] = /^([^/]+)\/(.*)$/s.exec(prefix) ?? [];
  if (tenant === undefined || rest === undefined)
    throw requestMismatch("the prefix does not begin with the tenant's own");
  return { operation, resource: { account: `${bucket}/${tenant}` }, arguments: { ...values, prefix: rest } };
}

/**
 * INVARIANT: a header by which Google would do something else (a copy of another object, an ACL, another project) is refused rather than
 * left out, since the tool meant it.
 */
function refuseHeaders({ headers }: GatewayRequest): void {
  for (const name of Object.keys(headers))
    if (CHANGING.has(name) || (name.startsWith("x-goog-") && name !== GENERATION && !CLIENT.has(name)))
      throw requestMismatch(`the header ${name} is no part of any operation`);
}

function contentOf({ headers, body }: GatewayRequest): ValueMap {
  try {
    const content = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
    return { content, contentType: headers["content-type"] ?? "" };
  } catch {
    throw requestMismatch("the content is not text in UTF-8");
  }
}

function refuseBody({ body }: GatewayRequest): void {
  if (body.byteLength > 0) throw requestMismatch("a body where none is");
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw requestMismatch("maxResults is not a whole number");
  return Number(text);
}
