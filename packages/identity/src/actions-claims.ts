import { z } from "zod";

const Digits = z.string().regex(/^[1-9][0-9]{0,19}$/);
const Repository = z.string().regex(/^[A-Za-z0-9_-]{1,100}\/[A-Za-z0-9._-]{1,100}$/);
const Owner = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);
/** No character in it that `git check-ref-format` forbids. */
const Ref = z.string().regex(/^refs\/(?:heads|tags|pull)\/[^\s\p{Cc}~^:?*[\\]{1,255}$/u);
/** `<owner>/<repository>/<file>@<ref>` */
const WorkflowRef = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,100}\/[A-Za-z0-9._-]{1,100}\/[^\s@]{1,255}@\S{1,300}$/);

/**
 * Claims of a job's token that rules rely on, by type and form; what else GitHub puts in is left alone. `ref_protected` is
 * a text, as GitHub writes it: whoever takes it for a boolean takes `"false"` for true.
 */
export const ActionsClaims = z
  .looseObject({
    sub: z.string(),
    jti: z.string().regex(/^[A-Za-z0-9_-]{16,128}$/),
    repository: Repository,
    repository_id: Digits,
    repository_owner: Owner,
    repository_owner_id: Digits,
    ref: Ref,
    ref_protected: z.enum(["true", "false"]),
    sha: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
    event_name: z.string().regex(/^[a-z_]{1,64}$/),
    workflow_ref: WorkflowRef,
    job_workflow_ref: WorkflowRef,
    run_id: Digits,
    run_attempt: Digits,
    environment: z.string().min(1).max(255).optional(),
  })
  .superRefine((claims, context) => {
    const wrong = (name: string): void =>
      context.addIssue({ code: "custom", path: [name], message: "contradicts the other claims" });
    if (!claims.repository.startsWith(`${claims.repository_owner}/`)) wrong("repository_owner");
    if (!agrees(claims.sub, claims)) wrong("sub");
  });

/**
 * Whether `sub` says what the other claims say: `repo:<owner>/<name>:…`, or with the numeric ids behind the names, as
 * repositories have it that were made or renamed since July 2026. An organization may have other parts put into it; they
 * begin otherwise, and nothing rests on them.
 */
function agrees(
  sub: string,
  claims: {
    repository: string;
    repository_id: string;
    repository_owner: string;
    repository_owner_id: string;
  },
): boolean {
  if (!sub.startsWith("repo:")) return true;
  const name = claims.repository.slice(claims.repository_owner.length + 1);
  return [
    `repo:${claims.repository}:`,
    `repo:${claims.repository_owner}@${claims.repository_owner_id}/${name}@${claims.repository_id}:`,
  ].some((start) => sub.startsWith(start) && sub.length > start.length);
}
