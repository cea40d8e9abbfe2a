import type { Authority, DownstreamOutcome, InboundResponse } from "@watchword/core";
import { z } from "zod";
import { LIMIT_SECONDS, codeOf } from "./call-salesforce.ts";
import { recordId } from "./record-id.ts";
import { type RecordRoute, findRoute } from "./record-operations.ts";

/** How Salesforce refuses: a list, each with a code. */
const Failure = z.array(z.object({ errorCode: z.string().min(1), message: z.string() })).min(1);
const Created = z.object({ id: z.string(), success: z.literal(true) });
/** Refusals that come before any effect, or with everything taken back. */
const DEFINITE: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 409, 412, 414, 415, 428, 429]);

/**
 * What an answer says about the effect. A write is `none` only after a refusal that is Salesforce's own; whatever could come after
 * the effect is `unknown`. A read has no effect to lose.
 */
export function readOutcome(
  routes: readonly RecordRoute[],
  authority: Authority,
  response: InboundResponse | undefined,
): DownstreamOutcome {
  if (response === undefined)
    return { effect: authority.access === "read" ? "none" : "unknown", ids: {}, status: 0 };
  const { status } = response;
  const { record } = authority.arguments;
  const named: Record<string, string> = typeof record === "string" ? { record } : {};
  const success = status >= 200 && status < 300;
  if (authority.access === "read")
    return {
      effect: success ? "done" : "none",
      ids: success ? named : {},
      status,
      ...(success ? {} : pauseOf(status, response)),
    };
  if (!success) {
    const refused = DEFINITE.has(status) && Failure.safeParse(parseBody(response.body)).success;
    return { effect: refused ? "none" : "unknown", ids: {}, status, ...pauseOf(status, response) };
  }
  const empty = status === 204 && response.body.byteLength === 0;
  const ids =
    findRoute(routes, authority.operation).verb === "create"
      ? madeRecord(response)
      : empty
        ? named
        : undefined;
  // A success that is not Salesforce's own (a proxy's page) proves nothing.
  return ids === undefined ? { effect: "unknown", ids: {}, status } : { effect: "done", ids, status };
}

/** A spent limit is said by a code alone, with no word of when it ends; of a day's limit, a little comes back all the time. */
function pauseOf(status: number, { body }: InboundResponse): Pick<DownstreamOutcome, "retryAfterSeconds"> {
  return status === 403 && codeOf(parseBody(body)) === "REQUEST_LIMIT_EXCEEDED"
    ? { retryAfterSeconds: LIMIT_SECONDS }
    : {};
}

function madeRecord(response: InboundResponse): Record<string, string> | undefined {
  const made = response.status === 201 ? Created.safeParse(parseBody(response.body)) : undefined;
  if (made?.success !== true) return undefined;
  try {
    return { record: recordId(made.data.id) };
  } catch {
    return undefined;
  }
}

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
