import { Refusal, type UsedToken, type VerifiedIdentity } from "@watchword/core";
import { z } from "zod";

const Text = z.string().min(1).max(1_024);

const Claims = z.object({
  jti: z.string().min(16).max(128),
  repository: Text,
  repository_id: Text,
  repository_owner_id: Text,
  workflow_ref: Text,
  job_workflow_ref: Text,
  ref: Text,
  ref_protected: z.enum(["true", "false"]),
  event_name: Text,
  sha: z.string().regex(/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/),
  run_id: Text,
  run_attempt: Text,
});

/** The job behind a token of CI, as its issuer signed it. */
export interface CiJob {
  readonly issuer: string;
  readonly claims: z.output<typeof Claims>;
  /** What is spent when something is posted with it. */
  readonly token: UsedToken;
}

/**
 * Reads a verified identity as a job of GitHub Actions. Its verifier has checked the same; whichever verifier serves the
 * use, nothing is matched against claims that are not there.
 *
 * @throws Refusal `token_malformed`
 */
export function readCiJob({ issuer, claims, expiresAt }: VerifiedIdentity): CiJob {
  const parsed = Claims.safeParse(claims);
  if (!parsed.success)
    throw new Refusal("token_malformed", {
      detail: "not the claims of a GitHub Actions job",
      failedFact: "evidence",
    });
  return { issuer, claims: parsed.data, token: { issuer, jti: parsed.data.jti, expiresAt } };
}
