import { GITHUB_ACTIONS_ISSUER, Refusal } from "@watchword/core";
import type { EvidenceSource, Policy } from "@watchword/policy";
import type { CiJob } from "./ci-job.ts";

/** A declared source of GitHub Actions. */
export type ActionsSource = Extract<EvidenceSource, { issuer: "github-actions" }>;

/** A source with its name. */
export interface NamedSource {
  readonly name: string;
  readonly declared: ActionsSource;
}

/** Whether any source is about the job's repository. Tokens of every other one on the same GitHub verify just as well. */
export function isDeclaredRepository({ document }: Policy, job: CiJob): boolean {
  return actionsSources(document.evidence).some(({ declared }) => isRepositoryOf(declared, job));
}

/**
 * The one source that this job speaks for; `wanted` names it where one workflow has several.
 *
 * @throws Refusal `token_untrusted` when it speaks for none, `request_malformed` when it is not said which
 */
export function postedSource({ document }: Policy, job: CiJob, wanted: string | undefined): NamedSource {
  const asked = actionsSources(document.evidence).filter(
    ({ name }) => wanted === undefined || name === wanted,
  );
  const judged = asked.map((source) => ({ source, why: foreignness(source.declared, job) }));
  const [found, ...more] = judged.filter(({ why }) => why === undefined);
  if (more.length > 0) throw refused("request_malformed", "several sources fit this job; name one of them");
  if (found !== undefined) return found.source;
  const why = judged.map(({ source, why: reason }) => `${source.name}: the job ${reason ?? ""}`).join("; ");
  throw refused("token_untrusted", why === "" ? "no such source of GitHub Actions is declared" : why);
}

/** Why a job does not speak for a source; `undefined` when it does. Equal to the letter, each of them. */
function foreignness(declared: ActionsSource, job: CiJob): string | undefined {
  const { claims } = job;
  // INVARIANT: a name can be given up and registered by somebody else; the ids say which repository is meant.
  if (!isRepositoryOf(declared, job)) return "is of another repository or owner";
  if (claims.ref !== declared.ref) return "runs on another ref";
  if (claims.ref_protected !== "true") return "runs on a ref that is not protected";
  const workflow = `${claims.repository}/${declared.workflow}@${declared.ref}`;
  if (claims.workflow_ref !== workflow) return "is of another workflow, or of its text on another ref";
  // A called workflow's job runs a text that the declared file only names.
  if (claims.job_workflow_ref !== workflow) return "runs in a workflow that was called";
  return (declared.events ?? ["push"]).some((event) => event === claims.event_name && event !== BASE_EVENT)
    ? undefined
    : "was started by an event that does not count here";
}

/**
 * Its token names the head of the *base*, while the job is there for a change that somebody else wrote, and may run it. Its
 * check run counts, for GitHub says which commit that is about; what it posts does not.
 */
const BASE_EVENT = "pull_request_target";

function isRepositoryOf({ tokenIssuer, repositoryId, ownerId }: ActionsSource, job: CiJob): boolean {
  return (
    // Two servers number their repositories alike.
    job.issuer === (tokenIssuer ?? GITHUB_ACTIONS_ISSUER) &&
    job.claims.repository_id === repositoryId &&
    (ownerId === undefined || job.claims.repository_owner_id === ownerId)
  );
}

function actionsSources(evidence: Readonly<Record<string, EvidenceSource>>): NamedSource[] {
  return Object.entries(evidence).flatMap(([name, declared]) =>
    declared.issuer === "github-actions" ? [{ name, declared }] : [],
  );
}

function refused(reason: "request_malformed" | "token_untrusted", detail: string): Refusal {
  return new Refusal(reason, { detail, failedFact: "evidence" });
}
