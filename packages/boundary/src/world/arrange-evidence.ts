import { createHash } from "node:crypto";
import { GITHUB_ACTIONS_ISSUER, Refusal, factAt, newAction, numericDate } from "@watchword/core";
import type { EvidenceSource } from "@watchword/policy";
import type { EvidenceCondition } from "../situation.ts";
import { connectionFor } from "./tool-call-for.ts";
import type { StageSet } from "./same-process-stage.ts";
import type { Stage, TenantAction } from "./stage.ts";

const LOOK_UP_MILLISECONDS = 5_000;
/** Seconds of stale evidence whose age is not said: more than any `maxAge` that is worth the name. */
const STALE_SECONDS = 31_536_000;

/**
 * Brings each declared source into its state, about the commit that the broker will look up: a check at the twin where the
 * system keeps checks, a posted result elsewhere.
 *
 * @throws Error saying what is missing, when nobody at hand can make evidence of that kind
 */
export async function arrangeEvidence(
  set: StageSet,
  { action, sources, age }: Parameters<Stage["evidence"]>[0],
  arranged: Set<string>,
): Promise<void> {
  for (const [name, condition] of Object.entries(sources)) {
    if (condition === "missing") continue;
    const declared = set.policy.document.evidence[name];
    if (declared === undefined) throw new Error(`no source ${name} is declared`);
    const commit = await commitOf(set, action, name);
    // An action that the look-up refuses is about no commit: there is nothing that could be green for it.
    if (commit === undefined) continue;
    // Once: the same result a second time is another result, and systems that look at all of them stop looking.
    const key = JSON.stringify([name, condition, commit]);
    if (arranged.has(key)) continue;
    arranged.add(key);
    const now = numericDate(set.clock);
    const at = condition === "stale" ? now - (age ?? STALE_SECONDS) : now;
    set.clock.move(at);
    try {
      await arrange(set, action, { name, declared, condition, commit });
    } finally {
      set.clock.move(now);
    }
  }
}

interface Arranged {
  readonly name: string;
  readonly declared: EvidenceSource;
  readonly condition: EvidenceCondition;
  readonly commit: string;
}

async function arrange(set: StageSet, action: TenantAction, arranged: Arranged): Promise<void> {
  const running = set.systems[action.system];
  const { declared, name, condition, commit } = arranged;
  if (running?.evidence !== undefined && declared.issuer !== "dsse") {
    await running.evidence({ source: declared, check: declared.check ?? name, condition, commit });
    return;
  }
  if (declared.issuer === "dsse") return sendSigned(set, arranged);
  if (declared.issuer === "github-actions") return sendPosted(set, arranged, declared);
  throw new Error(
    `evidence ${name} is a check of an App; the system needs evidence(), which puts one into its twin`,
  );
}

async function sendPosted(
  set: StageSet,
  { name, condition, commit }: Arranged,
  declared: Extract<EvidenceSource, { issuer: "github-actions" }>,
): Promise<void> {
  const event = (declared.events ?? ["push"]).find((candidate) => candidate !== "pull_request_target");
  if (event === undefined)
    throw new Error(
      `evidence ${name} counts as a check alone; the system needs evidence(), which puts one into its twin`,
    );
  if (condition === "pending" || condition === "unsigned") return;
  const repository = "acme/app";
  const workflow = condition === "own-workflow" ? ".github/workflows/own.yml" : declared.workflow;
  const workflowRef = `${repository}/${workflow}@${declared.ref}`;
  const token = await set.issuers.jobToken(declared.tokenIssuer ?? GITHUB_ACTIONS_ISSUER, {
    repository,
    repository_id: declared.repositoryId,
    ...(declared.ownerId === undefined ? {} : { repository_owner_id: declared.ownerId }),
    ref: declared.ref,
    event_name: event,
    sha: condition === "other-commit" ? otherCommit(commit) : commit,
    workflow_ref: workflowRef,
    job_workflow_ref: workflowRef,
    sub: `repo:${repository}:ref:${declared.ref}`,
  });
  const failures = condition === "red" ? "1" : "0";
  const report =
    condition === "empty"
      ? '<testsuites tests="0" failures="0" errors="0" skipped="0"></testsuites>'
      : `<testsuites tests="1" failures="${failures}" errors="0" skipped="0"><testsuite name="evals" tests="1" failures="${failures}" errors="0" skipped="0"><testcase name="case" classname="evals">${condition === "red" ? '<failure message="no"/>' : ""}</testcase></testsuite></testsuites>`;
  await set.broker.evidence.postAs(token, "junit", report, name).catch((error: unknown) => {
    // What nobody may post stays unposted; that the write behind it is refused all the same is what the row looks at.
    if (condition !== "own-workflow") throw error;
  });
}

async function sendSigned(set: StageSet, { name, condition, commit }: Arranged): Promise<void> {
  if (condition === "pending" || condition === "own-workflow" || condition === "empty") return;
  const payload = JSON.stringify({
    commit: condition === "other-commit" ? otherCommit(commit) : commit,
    result: condition === "red" ? "FAILED" : "PASSED",
  });
  if (condition === "unsigned") return;
  const envelope = set.sign?.(name, payload);
  if (envelope === undefined)
    throw new Error(
      `evidence ${name} is signed by a key that the harness does not hold; hand in sign(), which makes an envelope of it`,
    );
  await set.broker.evidence.post(envelope);
}

/** The commit that the broker will read, by the path that the grant names; `undefined` when it will read none. */
async function commitOf(set: StageSet, action: TenantAction, source: string): Promise<string | undefined> {
  const running = set.systems[action.system];
  const grant = set.policy.grants.find(
    (candidate) =>
      candidate.system === action.system &&
      candidate.operation === action.operation &&
      candidate.evidence?.source === source,
  );
  if (running === undefined || grant?.evidence === undefined) return undefined;
  const { system, operation, resource, arguments: values } = action;
  try {
    const facts = await running.adapter.resolve(
      newAction({ system, operation, resource, arguments: values }),
      {
        connection: connectionFor(set, running, action),
        fetch: (input, init) => fetch(input, init),
        clock: set.clock,
        signal: AbortSignal.timeout(LOOK_UP_MILLISECONDS),
      },
    );
    const commit = factAt(facts.values, grant.evidence.commit);
    return typeof commit === "string" ? commit : undefined;
  } catch (error) {
    if (Refusal.is(error)) return undefined;
    throw error;
  }
}

/** As long as a commit id, and another. */
function otherCommit(commit: string): string {
  return createHash("sha1").update(commit).digest("hex");
}
