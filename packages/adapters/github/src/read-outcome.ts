import type { Authority, DownstreamOutcome, InboundResponse } from "@watchword/core";
import { z } from "zod";
import { CommitId } from "./names.ts";

const Failure = z.object({ message: z.string(), documentation_url: z.string() });
const Id = z.int().min(1).transform(String);
const Written = z
  .object({ commit: z.object({ sha: CommitId }) })
  .transform(({ commit }) => ({ commit: commit.sha }));

const Labels = z.array(z.object({ name: z.string() })).transform(() => ({}));
const Release = z
  .object({ id: Id, tag_name: z.string().max(256) })
  .transform(({ id, tag_name }) => ({ release: id, tag: tag_name }));

/** What proves that a write happened, by operation, and the ids that it names. */
const PROOFS: Readonly<Record<string, z.ZodType<Readonly<Record<string, string>>>>> = {
  "contents.put": Written,
  "contents.delete": Written,
  "branches.create": z
    .object({ ref: z.string().startsWith("refs/heads/").max(256), object: z.object({ sha: CommitId }) })
    .transform(({ ref, object }) => ({ ref, commit: object.sha })),
  "pull_requests.create": z
    .object({ number: Id, head: z.object({ sha: CommitId }) })
    .transform(({ number, head }) => ({ pull: number, head: head.sha })),
  "pull_requests.merge": z
    .object({ merged: z.literal(true), sha: CommitId })
    .transform(({ sha }) => ({ sha })),
  "pull_requests.update": z.object({ number: Id }).transform(({ number }) => ({ pull: number })),
  "pull_requests.review": z
    .object({ id: Id, commit_id: CommitId })
    .transform(({ id, commit_id }) => ({ review: id, head: commit_id })),
  "issues.create": z.object({ number: Id }).transform(({ number }) => ({ issue: number })),
  "issues.update": z.object({ number: Id }).transform(({ number }) => ({ issue: number })),
  "issues.comment": z.object({ id: Id }).transform(({ id }) => ({ comment: id })),
  "issues.label": Labels,
  "issues.unlabel": Labels,
  "statuses.create": z.object({ id: Id }).transform(({ id }) => ({ status: id })),
  "pull_requests.dismiss_review": z
    .object({ id: Id, state: z.literal("DISMISSED") })
    .transform(({ id }) => ({ review: id })),
  "releases.create": Release,
  "releases.update": Release,
  "checks.create": z
    .object({ id: Id, head_sha: CommitId })
    .transform(({ id, head_sha }) => ({ check: id, commit: head_sha })),
};

/** Writes that GitHub answers with 204 and nothing more. */
const WITHOUT_BODY: ReadonlySet<string> = new Set([
  "branches.delete",
  "releases.delete",
  "workflows.dispatch",
]);

const DEFINITE: ReadonlySet<number> = new Set([400, 401, 403, 404, 405, 409, 410, 415, 422, 429]);

/**
 * What GitHub's answer says about the effect. A write is `none` only after an error that is GitHub's own and that it gives
 * before it does anything; whatever could come after the effect is `unknown`. A read has no effect to lose.
 */
export function readOutcome(authority: Authority, response: InboundResponse | undefined): DownstreamOutcome {
  if (response === undefined)
    return { effect: authority.access === "read" ? "none" : "unknown", ids: {}, status: 0 };
  const { status } = response;
  const success = status >= 200 && status < 300;
  if (authority.access === "read")
    return { effect: success ? "done" : "none", ids: success ? namedIds(authority) : {}, status };
  if (WITHOUT_BODY.has(authority.operation) && status === 204)
    return response.body.byteLength === 0
      ? { effect: "done", ids: namedIds(authority), status }
      : { effect: "unknown", ids: {}, status };
  const body = parseBody(response.body);
  if (!success) {
    const refused = DEFINITE.has(status) && Failure.safeParse(body).success;
    return { effect: refused ? "none" : "unknown", ids: {}, status };
  }
  const proof = PROOFS[authority.operation]?.safeParse(body);
  // A success that is not GitHub's own (a proxy's page) proves nothing.
  if (proof === undefined || !proof.success) return { effect: "unknown", ids: {}, status };
  return { effect: "done", ids: { ...namedIds(authority), ...proof.data }, status };
}

function namedIds(authority: Authority): Record<string, string> {
  const { number, branch, release } = authority.arguments;
  const kind = authority.operation.startsWith("pull_requests.") ? "pull" : "issue";
  return {
    ...(typeof number === "number" ? { [kind]: String(number) } : {}),
    ...(typeof branch === "string" ? { branch } : {}),
    ...(typeof release === "number" ? { release: String(release) } : {}),
  };
}

function parseBody(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body));
  } catch {
    return undefined;
  }
}
