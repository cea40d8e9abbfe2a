import {
  CLOCK_SKEW_SECONDS,
  type EvidenceRecord,
  Refusal,
  canonicalJson,
  numericDate,
  sha256,
} from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { recordRefusal } from "../record-refusal.ts";
import { verifyIdentity } from "../verify-identity.ts";
import { type CiJob, readCiJob } from "./ci-job.ts";
import { type ResultFormat, isResultFormat, readerOf } from "./formats/result-format.ts";
import type { SuiteResult } from "./formats/suite-result.ts";
import { meetsMinimum } from "./meets-minimum.ts";
import { type NamedSource, isDeclaredRepository, postedSource } from "./posted-source.ts";

/** A posted result that was kept, and why it is what it is. */
export interface KeptResult {
  readonly source: string;
  /** The token's own. */
  readonly commit: string;
  readonly state: EvidenceRecord["state"];
  /** `false`: this very run had said this very thing already. */
  readonly fresh: boolean;
  readonly detail: string;
}

/** Seconds between the end of the tests, where a report says it, and the post: as long as a hosted job lasts. */
const MAX_REPORT_AGE_SECONDS = 21_600;

/** What {@link postAsJob} is given: everything but the token comes from a caller whom nothing vouches for. */
export interface JobPost {
  readonly token: string;
  readonly format: string;
  readonly body: string;
  readonly source: string | undefined;
}

/** Keeps what a CI job says about the commit of its own token, under the declared source that it speaks for. */
export async function postAsJob(context: BrokerContext, post: JobPost): Promise<KeptResult> {
  const job = await known(context, post.token);
  try {
    return await keep(context, job, post);
  } catch (error) {
    throw await recorded(context, job, post, Refusal.from(error, "internal"));
  }
}

/**
 * Who posts. Any repository on the same GitHub gets tokens for this broker, so that one which no source declares is as
 * unknown as a forger: it is counted, and fills no ledger.
 */
async function known(context: BrokerContext, token: string): Promise<CiJob> {
  try {
    const job = readCiJob(await verifyIdentity(context, token, "evidence"));
    if (!isDeclaredRepository(context.policy, job))
      throw new Refusal("token_untrusted", {
        detail: "no source is declared for the job's repository",
        failedFact: "evidence",
      });
    return job;
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    context.counted.note(refusal);
    throw refusal;
  }
}

async function keep(context: BrokerContext, job: CiJob, post: JobPost): Promise<KeptResult> {
  const { format, body } = post;
  if (!isResultFormat(format)) throw malformed("the format is not known");
  const source = postedSource(context.policy, job, post.source);
  const now = numericDate(context.clock);
  const result = readOrRed(format, body);
  checkSubject(result, source, job);
  const judged = isTimely(result, now)
    ? meetsMinimum(result, source.declared.minimum)
    : { state: "fail" as const, detail: `${result.detail}; its tests did not end during this job` };
  const { run_id: run, run_attempt: attempt, sha: commit, repository_id: repository } = job.claims;
  const record: EvidenceRecord = {
    source: source.name,
    commit,
    state: judged.state,
    // Another run that says the same is heard again; the same run saying it again is not.
    digest: sha256(canonicalJson({ attempt, body: sha256(body), format, repository, run })),
    receivedAt: now,
    detail: `posted by run ${run}, attempt ${attempt}: ${format}: ${judged.detail}`,
  };
  const fresh = await context.store.putEvidence(
    record,
    {
      kind: "evidence",
      at: context.clock.now(),
      tenant: null,
      body: {
        outcome: record.state,
        source: record.source,
        commit,
        statement_digest: record.digest,
        format,
        ...jobBody(job),
      },
    },
    job.token,
  );
  if (fresh === "token_replayed")
    throw new Refusal("token_replayed", { detail: "the job's token was used before", failedFact: "token" });
  return { source: record.source, commit, state: record.state, fresh, detail: record.detail };
}

/** INVARIANT: what a declared source posts and nobody can read is red for its commit: an earlier green must not outlive it. */
function readOrRed(format: ResultFormat, body: string): SuiteResult {
  try {
    return readerOf(format)(body);
  } catch (error) {
    const { message } = Refusal.from(error, "request_malformed");
    return { state: "fail", detail: message.replace("request_malformed: ", "not readable: "), scores: {} };
  }
}

/** INVARIANT: the commit is the token's own. A report that names others, or another suite, is not about it. */
function checkSubject({ commits, suites }: SuiteResult, { name }: NamedSource, { claims }: CiJob): void {
  if (commits !== undefined && !commits.every((commit) => commit === claims.sha))
    throw malformed("the result is about a commit that the token does not vouch for");
  if (suites !== undefined && !suites.includes(name)) throw malformed("the result is about another suite");
}

function isTimely({ finishedAt }: SuiteResult, now: number): boolean {
  if (finishedAt === undefined) return true;
  return finishedAt <= now + CLOCK_SKEW_SECONDS && finishedAt >= now - MAX_REPORT_AGE_SECONDS;
}

/** Records who was refused and why, and spends the token with it. */
function recorded(
  context: BrokerContext,
  job: CiJob,
  { format }: JobPost,
  refusal: Refusal,
): Promise<Refusal> {
  return recordRefusal(
    context,
    refusal,
    {
      kind: "evidence",
      at: context.clock.now(),
      tenant: null,
      body: {
        outcome: "refused",
        reason: refusal.reason,
        commit: job.claims.sha,
        ...(isResultFormat(format) ? { format } : {}),
        ...jobBody(job),
      },
      personal: { detail: refusal.message },
    },
    job.token,
  );
}

function jobBody({ claims }: CiJob): Record<string, string> {
  return {
    repository_id: claims.repository_id,
    run: claims.run_id,
    attempt: claims.run_attempt,
    event: claims.event_name,
    ref: claims.ref,
  };
}

function malformed(detail: string): Refusal {
  return new Refusal("request_malformed", { detail, failedFact: "evidence" });
}
