import { type IssuerKey, issuerKey, signCompact } from "@watchword/conformance";
import { BROKER, NOW } from "./login-service.ts";

export const ACTIONS = "https://token.actions.githubusercontent.com";

/** What a job of `acme/app` gets on a push to its main branch, after the example in GitHub's documentation. */
export const jobClaims = {
  iss: ACTIONS,
  aud: BROKER,
  sub: "repo:acme/app:ref:refs/heads/main",
  jti: "4f1a0c2e-6a0d-4a6b-9f1e-2d7c1b8e5a90",
  iat: NOW,
  nbf: NOW - 600,
  exp: NOW + 300,
  actor: "dana",
  actor_id: "1001",
  repository: "acme/app",
  repository_id: "123",
  repository_owner: "acme",
  repository_owner_id: "77",
  repository_visibility: "private",
  ref: "refs/heads/main",
  ref_type: "branch",
  ref_protected: "true",
  base_ref: "",
  head_ref: "",
  event_name: "push",
  sha: "a".repeat(40),
  workflow: "evals",
  workflow_ref: "acme/app/.github/workflows/evals.yml@refs/heads/main",
  workflow_sha: "a".repeat(40),
  job_workflow_ref: "acme/app/.github/workflows/evals.yml@refs/heads/main",
  job_workflow_sha: "a".repeat(40),
  run_id: "9001",
  run_number: "10",
  run_attempt: "1",
  runner_environment: "github-hosted",
};

export const actionsKey: IssuerKey = issuerKey("RS256", "actions-1");

export function jobToken(claims: object = {}, key = actionsKey): string {
  const header = { alg: key.alg, typ: "JWT", kid: key.kid, x5t: key.kid };
  return signCompact(key, { header, claims: { ...jobClaims, ...claims } });
}
