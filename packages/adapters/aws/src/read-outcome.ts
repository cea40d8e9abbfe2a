import {
  type Authority,
  type DownstreamOutcome,
  type InboundResponse,
  type Json,
  parseStrictJson,
} from "@watchword/core";
import { argumentText } from "./argument-text.ts";
import { readXml, textAt } from "./read-xml.ts";

/** Statuses that say no to the request itself, before it does anything. */
const REFUSED: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 409, 411, 412, 413, 416]);

/** What AWS's answer means for the effect. What is not in the service's own form proves nothing. */
export function readOutcome(authority: Authority, response: InboundResponse | undefined): DownstreamOutcome {
  const unknown = { effect: authority.access === "read" ? "none" : "unknown", ids: {} } as const;
  if (response === undefined) return { ...unknown, status: 0 };
  const { status } = response;
  const isItem = authority.operation.startsWith("dynamodb.");
  if (isItem ? isItemDone(response) : isObjectDone(authority, response))
    return { effect: "done", ids: idsOf(authority, response), status };
  const refused = REFUSED.has(status) && (isItem ? isItemError(response) : isObjectError(response));
  return refused ? { effect: "none", ids: {}, status } : { ...unknown, status };
}

/** A write to S3 answers with nothing; one that says something besides is not what was asked for. */
function isObjectDone({ access, operation }: Authority, { status, headers, body }: InboundResponse): boolean {
  if (headers["x-amz-request-id"] === undefined) return false;
  if (status !== (operation === "s3.objects.delete" ? 204 : 200)) return false;
  if (access === "read") return true;
  return body.byteLength === 0 && (operation !== "s3.objects.put" || headers["etag"] !== undefined);
}

function isObjectError({ headers, body }: InboundResponse): boolean {
  const error = readXml(new TextDecoder().decode(body.subarray(0, 65_536)));
  return (
    headers["x-amz-request-id"] !== undefined &&
    error?.name === "Error" &&
    textAt(error, "Code") !== undefined
  );
}

const isItemDone = (response: InboundResponse): boolean =>
  response.status === 200 && membersOf(response) !== undefined;

function isItemError(response: InboundResponse): boolean {
  const type = membersOf(response)?.["__type"];
  return typeof type === "string" && /^[a-z0-9.]+#[A-Za-z]+$/.test(type);
}

/** The members of an answer that is DynamoDB's own. */
function membersOf({ headers, body }: InboundResponse): { readonly [name: string]: Json } | undefined {
  if (headers["x-amzn-requestid"] === undefined) return undefined;
  try {
    const json = parseStrictJson(body, { maxBytes: 1_048_576 });
    return typeof json === "object" && json !== null && !Array.isArray(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

function idsOf(
  { operation, arguments: values }: Authority,
  { headers }: InboundResponse,
): Record<string, string> {
  if (operation.startsWith("dynamodb."))
    return { item: `${argumentText(values, "table")}/${argumentText(values, "item")}` };
  const version = headers["x-amz-version-id"];
  return {
    object: `${argumentText(values, "bucket")}/${argumentText(values, "key" in values ? "key" : "prefix")}`,
    ...(version !== undefined && /^[\x21-\x7e]{1,256}$/.test(version) ? { version } : {}),
  };
}
