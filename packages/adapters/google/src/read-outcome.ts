import type { Authority, DownstreamOutcome, InboundResponse } from "@watchword/core";
import { argumentText } from "./argument-text.ts";

/** Statuses that say no to the request itself, before it does anything. */
const REFUSED: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 409, 411, 412, 413, 416]);
const ERROR = /^<\?xml version='1\.0' encoding='UTF-8'\?><Error><Code>[A-Za-z]{1,64}<\/Code>/;

/** What Cloud Storage's answer means for the effect. What is not in its own form proves nothing. */
export function readOutcome(authority: Authority, response: InboundResponse | undefined): DownstreamOutcome {
  const unknown = { effect: authority.access === "read" ? "none" : "unknown", ids: {} } as const;
  if (response === undefined) return { ...unknown, status: 0 };
  const { status } = response;
  if (isDone(authority, response)) return { effect: "done", ids: idsOf(authority, response), status };
  if (REFUSED.has(status) && isOwn(response) && isError(authority, response))
    return { effect: "none", ids: {}, status };
  return { ...unknown, status };
}

/** Every answer of Cloud Storage carries the id of its upload server. */
const isOwn = ({ headers }: InboundResponse): boolean => headers["x-guploader-uploadid"] !== undefined;

function isDone({ operation }: Authority, response: InboundResponse): boolean {
  const { status, headers, body } = response;
  if (!isOwn(response)) return false;
  if (operation === "storage.objects.delete") return status === 204;
  if (status !== 200) return false;
  if (operation === "storage.objects.list") return membersOf(body)?.["kind"] === "storage#objects";
  // A write answers with nothing but the generation that it made.
  const generation = headers["x-goog-generation"] !== undefined;
  return generation && (operation === "storage.objects.get" || body.byteLength === 0);
}

function isError({ operation }: Authority, { body }: InboundResponse): boolean {
  if (operation === "storage.objects.list") return membersOf(body)?.["error"] !== undefined;
  return ERROR.test(new TextDecoder().decode(body.subarray(0, 256)));
}

function membersOf(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const json: unknown = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
    return typeof json === "object" && json !== null ? { ...json } : undefined;
  } catch {
    return undefined;
  }
}

function idsOf(
  { operation, resource, arguments: values }: Authority,
  { headers }: InboundResponse,
): Record<string, string> {
  const name = argumentText(values, operation === "storage.objects.list" ? "prefix" : "name");
  const generation = headers["x-goog-generation"];
  return {
    object: `${resource["account"] ?? ""}/${name}`,
    ...(generation !== undefined && /^\d{1,19}$/.test(generation) ? { generation } : {}),
  };
}
