import type { GatewayRequest, SeenAction, ValueMap } from "@watchword/core";
import { requestMismatch } from "./request-mismatch.ts";

/** How each operation on objects is asked for. `x-id` is what AWS's clients call it. */
const NAMES = {
  GET: { operation: "s3.objects.get", xId: "GetObject" },
  PUT: { operation: "s3.objects.put", xId: "PutObject" },
  DELETE: { operation: "s3.objects.delete", xId: "DeleteObject" },
} as const;

const LISTING: Readonly<Record<string, string>> = {
  prefix: "prefix",
  "max-keys": "limit",
  "continuation-token": "continuation",
};

/**
 * Reads an action back from a request to S3, `/bucket/key`. What a tool names is within the tenant's prefix, which is not for it to
 * write.
 *
 * @throws Refusal `request_mismatch`
 */
export function readObjectRequest(request: GatewayRequest): SeenAction {
  const [, bucket = "", ...segments] = request.path.split("/");
  if (segments.length === 0 || (segments.length === 1 && segments[0] === ""))
    return readListing(request, bucket);
  const named = Object.hasOwn(NAMES, request.method)
    ? NAMES[request.method as keyof typeof NAMES]
    : undefined;
  if (named === undefined) throw requestMismatch("no operation has this method");
  const [first, ...more] = request.query;
  if (more.length > 0 || (first !== undefined && (first[0] !== "x-id" || first[1] !== named.xId)))
    throw requestMismatch("a query parameter is no part of the operation");
  const object = { bucket, key: segments.join("/") };
  if (request.method === "PUT") return seen(named.operation, { ...object, ...contentOf(request) });
  refuseBody(request);
  return seen(named.operation, object);
}

function readListing(request: GatewayRequest, bucket: string): SeenAction {
  if (request.method !== "GET") throw requestMismatch("buckets are listed, and nothing else");
  refuseBody(request);
  const values: Record<string, string | number> = { bucket };
  let version = "";
  for (const [name, value] of request.query) {
    const argument = Object.hasOwn(LISTING, name) ? LISTING[name] : undefined;
    if (name === "list-type" && version === "") version = value;
    else if (argument === undefined || argument in values)
      throw requestMismatch("a query parameter is no part of the operation, or comes twice");
    else values[argument] = argument === "limit" ? wholeNumber(value) : value;
  }
  if (version !== "2") throw requestMismatch("objects are listed by list-type=2");
  return seen("s3.objects.list", { ...values, prefix: values["prefix"] ?? "" });
}

function contentOf({ headers, body }: GatewayRequest): ValueMap {
  let content: string;
  try {
    content = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch {
    throw requestMismatch("the content is not text in UTF-8");
  }
  return { content, contentType: headers["content-type"] ?? "" };
}

function refuseBody({ body }: GatewayRequest): void {
  if (body.byteLength > 0) throw requestMismatch("a body where none is");
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw requestMismatch("max-keys is not a whole number");
  return Number(text);
}

const seen = (operation: string, values: ValueMap): SeenAction => ({
  operation,
  resource: {},
  arguments: values,
});
