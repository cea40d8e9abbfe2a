import {
  type CredentialFacts,
  type DecisionFacts,
  type Json,
  REASONS,
  type Residual,
  type StartedRun,
  type TokenAnswer,
  type TokenFailure,
  type TokenSuccess,
  isReason,
  isRetryable,
} from "@watchword/core";

type Members = { readonly [name: string]: Json };
type Lease = NonNullable<TokenSuccess["lease"]>;

/**
 * Reads what a broker answered over HTTP. `undefined` when it is not an answer of this protocol: above all, a token that
 * would be usable as Bearer is none (RFC 9449 section 5). Texts are taken from the table of reasons, not from the wire.
 */
export function readTokenAnswer(status: number, body: Json): TokenAnswer | undefined {
  if (!isMembers(body)) return undefined;
  return status === 200 ? readSuccess(body) : readFailure(body);
}

function readSuccess(body: Members): TokenSuccess | undefined {
  const { access_token, issued_token_type, token_type, expires_in } = body;
  if (!isText(access_token) || !isText(issued_token_type) || !isCount(expires_in)) return undefined;
  if (token_type !== "DPoP" && token_type !== "N_A") return undefined;
  const lease = readLease(body["lease"]);
  const run = readRun(body["run"]);
  // A start has a run and an act a lease; what has neither or both is no answer to either.
  if ((lease === undefined) === (run === undefined)) return undefined;
  const about = lease === undefined ? (run === undefined ? {} : { run }) : { lease };
  return { ok: true, access_token, issued_token_type, token_type, expires_in, ...about };
}

function readFailure(body: Members): TokenFailure | undefined {
  const { reason, decision_id, approval_id, approval_uri, interval, expires_in, retry_after } = body;
  if (!isReason(reason)) return undefined;
  if (approval_uri !== undefined && !(isText(approval_uri) && URL.canParse(approval_uri))) return undefined;
  const { oauth, text } = REASONS[reason];
  return {
    ok: false,
    error: oauth,
    error_description: text,
    reason,
    retryable: isRetryable(reason),
    ...(isText(decision_id) ? { decision_id } : {}),
    ...(isText(approval_id) ? { approval_id } : {}),
    ...(approval_uri === undefined ? {} : { approval_uri }),
    ...(isCount(interval) ? { interval } : {}),
    ...(isCount(expires_in) ? { expires_in } : {}),
    ...(isCount(retry_after) ? { retry_after } : {}),
  };
}

function readLease(value: Json | undefined): Lease | undefined {
  if (!isMembers(value)) return undefined;
  const { lease_id, decision_id, gateway, origins, max_uses, custody } = value;
  const residual = readResidual(value["residual"]);
  const credential = readCredential(value["credential"]);
  const decision = readDecision(value["decision"]);
  if (!isText(lease_id) || !isText(decision_id) || !isText(gateway) || !isTexts(origins)) return undefined;
  if (!isCount(max_uses) || (custody !== "gateway" && custody !== "released")) return undefined;
  if (residual === undefined || credential === undefined || decision === undefined) return undefined;
  const job = isCount(value["job_until"]) ? { job_until: value["job_until"] } : {};
  return {
    lease_id,
    decision_id,
    gateway,
    origins,
    max_uses,
    residual,
    custody,
    ...job,
    credential,
    decision,
  };
}

function readResidual(value: Json | undefined): Residual | undefined {
  if (!isMembers(value)) return undefined;
  const { summary, axes, heldBy } = value;
  if (!isText(summary) || !isTexts(axes) || (heldBy !== "gateway" && heldBy !== "tool")) return undefined;
  return { summary, axes, heldBy };
}

function readCredential(value: Json | undefined): CredentialFacts | undefined {
  if (!isMembers(value)) return undefined;
  const { kind, fingerprint, expires_at, lease_expires_at } = value;
  if (!isText(kind) || !isText(fingerprint) || !isCount(lease_expires_at)) return undefined;
  return { kind, fingerprint, lease_expires_at, ...(isCount(expires_at) ? { expires_at } : {}) };
}

function readDecision(value: Json | undefined): DecisionFacts | undefined {
  if (!isMembers(value)) return undefined;
  const { policy_version, approval, evidence } = value;
  if (!isText(policy_version) || (approval !== "none" && approval !== "granted")) return undefined;
  return evidence === "none" || evidence === "pass" ? { policy_version, approval, evidence } : undefined;
}

function readRun(value: Json | undefined): StartedRun | undefined {
  if (!isMembers(value)) return undefined;
  const { run_id, tenant, thread, root, parent, chain, principal_kind, principal_hash, background } = value;
  if (!isText(run_id) || !isText(tenant) || !isText(thread) || !isText(root)) return undefined;
  if (!isTexts(chain) || !isText(principal_hash) || typeof background !== "boolean") return undefined;
  if (principal_kind !== "user" && principal_kind !== "agent") return undefined;
  const known: StartedRun = {
    run_id,
    tenant,
    thread,
    root,
    chain,
    principal_kind,
    principal_hash,
    background,
  };
  return isText(parent) ? { ...known, parent } : known;
}

function isMembers(value: Json | undefined): value is { [name: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: Json | undefined): value is string {
  return typeof value === "string" && value !== "";
}

function isTexts(value: Json | undefined): value is string[] {
  return Array.isArray(value) && value.every(isText);
}

function isCount(value: Json | undefined): value is number {
  return typeof value === "number" && value >= 0;
}
