import type { Authority, DownstreamOutcome, InboundResponse } from "@watchword/core";
import { z } from "zod";
import { BUILT_IN } from "./handle-operations.ts";

const Handle = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
/** What every answer of the SQL API about a statement names. */
const About = z.object({ statementHandle: Handle });
const Failure = z.object({ code: z.string().regex(/^\d{6}$/), message: z.string() });

/** Answers that come before anything was done, or after a statement that failed as a whole. */
const DEFINITE: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 415, 422, 429]);

/**
 * What an answer says about the effect. Of a statement that still runs (202) the handle is recorded, since the lease's end cancels it; a
 * write's effect is open until then. A write is `none` only after an error of Snowflake's own.
 */
export function readOutcome(authority: Authority, response: InboundResponse | undefined): DownstreamOutcome {
  const open = { effect: authority.access === "read" ? "none" : "unknown", ids: {} } as const;
  if (response === undefined) return { ...open, status: 0 };
  const { status } = response;
  const body = parseBody(response.body);
  const about = About.safeParse(body);
  const byHandle = BUILT_IN.some(({ name }) => name === authority.operation);
  if (status === 200 || status === 202) {
    // Of a later part of a result the rows alone are answered.
    if (authority.operation === "results.read") return { effect: "done", ids: {}, status };
    if (!about.success) return { ...open, status };
    const ids = { statement: about.data.statementHandle };
    if (status === 202 && !byHandle)
      return { effect: authority.access === "read" ? "done" : "unknown", ids, status };
    return status === 200 ? { effect: "done", ids, status } : { ...open, status };
  }
  const own = DEFINITE.has(status) && Failure.safeParse(body).success;
  return { effect: own ? "none" : open.effect, ids: {}, status };
}

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
