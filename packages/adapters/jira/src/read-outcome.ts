import type { Authority, DownstreamOutcome, InboundResponse } from "@watchword/core";
import { z } from "zod";
import { NumericId } from "./names.ts";

/** Jira's own refusal, the gateway's in front of it at Jira Cloud, and the one of an older kind. */
const Failure = z.union([
  z.object({ errorMessages: z.array(z.string()), errors: z.record(z.string(), z.unknown()) }),
  z.object({ code: z.int(), message: z.string() }),
  z.object({ message: z.string(), "status-code": z.int() }),
]);

/** What proves that a write happened, where Jira answers with an object, and the ids that it names. */
const PROOFS: Readonly<Record<string, z.ZodType<Readonly<Record<string, string>>>>> = {
  "issues.create": z
    .object({ id: NumericId, key: z.string().max(64) })
    .transform(({ id, key }) => ({ issue: key, issue_id: id })),
  "comments.add": z.object({ id: NumericId }).transform(({ id }) => ({ comment: id })),
};

/** 409 is left out: an earlier attempt of the same effect may have had it. */
const DEFINITE: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 410, 413, 415, 422, 429]);

/**
 * What Jira's answer says about the effect. A write is `none` only after an error that is Jira's own and that it gives before
 * it does anything; whatever could come after the effect is `unknown`. A read has no effect to lose.
 */
export function readOutcome(authority: Authority, response: InboundResponse | undefined): DownstreamOutcome {
  if (response === undefined)
    return { effect: authority.access === "read" ? "none" : "unknown", ids: {}, status: 0 };
  const { status } = response;
  const success = status >= 200 && status < 300;
  if (authority.access === "read")
    return { effect: success ? "done" : "none", ids: success ? namedIds(authority) : {}, status };
  const body = parseBody(response.body);
  if (!success) {
    const refused = DEFINITE.has(status) && Failure.safeParse(body).success;
    return { effect: refused ? "none" : "unknown", ids: {}, status };
  }
  const schema = PROOFS[authority.operation];
  if (schema === undefined) {
    const done = status === 204 && response.body.byteLength === 0;
    return { effect: done ? "done" : "unknown", ids: done ? namedIds(authority) : {}, status };
  }
  const proof = schema.safeParse(body);
  // A success that is not Jira's own (a proxy's page) proves nothing.
  if (status !== 201 || !proof.success) return { effect: "unknown", ids: {}, status };
  return { effect: "done", ids: { ...namedIds(authority), ...proof.data }, status };
}

function namedIds({ arguments: { issue, issueId } }: Authority): Record<string, string> {
  return {
    ...(typeof issue === "string" ? { issue } : {}),
    ...(typeof issueId === "string" ? { issue_id: issueId } : {}),
  };
}

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
