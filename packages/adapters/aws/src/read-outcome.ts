import type { Authority, DownstreamOutcome, InboundResponse } from "@watchword/core";
import { argumentText } from "./argument-text.ts";
import { readXml, textAt } from "./read-xml.ts";

/** Statuses that say no to the request itself, before it does anything. */
const REFUSED: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 409, 411, 412, 413, 416]);

/** What S3's answer means for the effect. What is not in S3's own form proves nothing. */
export function readOutcome(authority: Authority, response: InboundResponse | undefined): DownstreamOutcome {
  const unknown = { effect: authority.access === "read" ? "none" : "unknown", ids: {} } as const;
  if (response === undefined) return { ...unknown, status: 0 };
  const { status, headers } = response;
  if (headers["x-amz-request-id"] === undefined) return { ...unknown, status };
  if (status === expectedStatus(authority) && isWhole(authority, response))
    return { effect: "done", ids: idsOf(authority, response), status };
  return REFUSED.has(status) && isError(response)
    ? { effect: "none", ids: {}, status }
    : { ...unknown, status };
}

const expectedStatus = ({ operation }: Authority): number => (operation === "s3.objects.delete" ? 204 : 200);

/** A write answers with nothing; one that says something besides is not what was asked for. */
function isWhole({ access, operation }: Authority, { headers, body }: InboundResponse): boolean {
  if (access === "read") return true;
  return body.byteLength === 0 && (operation !== "s3.objects.put" || headers["etag"] !== undefined);
}

function isError({ body }: InboundResponse): boolean {
  const error = readXml(new TextDecoder().decode(body.subarray(0, 65_536)));
  return error?.name === "Error" && textAt(error, "Code") !== undefined;
}

function idsOf({ arguments: values }: Authority, { headers }: InboundResponse): Record<string, string> {
  const version = headers["x-amz-version-id"];
  return {
    object: `${argumentText(values, "bucket")}/${argumentText(values, "key" in values ? "key" : "prefix")}`,
    ...(version !== undefined && /^[\x21-\x7e]{1,256}$/.test(version) ? { version } : {}),
  };
}
