/** What a refusal says about the next step. `never`: the same request cannot succeed. */
export type Retry = "never" | "after_approval" | "later";

/** Which side of a decision failed; for the ledger and the operator, never for the model. */
export type FailedFact =
  | "tenant"
  | "agent"
  | "user"
  | "run"
  | "action"
  | "resource"
  | `argument:${string}`
  | "approval"
  | "evidence"
  | "time"
  | "delegation"
  | "budget"
  | "policy"
  | "token"
  | "credential";

interface ReasonEntry {
  /** HTTP status at our own endpoints. */
  readonly status: number;
  /** `error` of RFC 6749 section 5.2 / RFC 8693 section 2.2.2 at the token endpoint. */
  readonly oauth: string;
  readonly retry: Retry;
  /** One sentence that is safe to show to a model and to an end user. */
  readonly text: string;
}

const reason = (status: number, oauth: string, retry: Retry, text: string): ReasonEntry => ({
  status,
  oauth,
  retry,
  text,
});

/**
 * The only list of reasons. Few, coarse and stable: they are safe to show to a model and no oracle for the policy.
 * Adding one is a minor release, renaming one a major. Each has a section in `docs/reasons.md`.
 */
export const REASONS = Object.freeze({
  // The decision
  tenant_mismatch: reason(
    403,
    "access_denied",
    "never",
    "The object does not belong to the tenant of this run.",
  ),
  not_granted: reason(403, "access_denied", "never", "No grant lets this agent do this."),
  condition_failed: reason(403, "access_denied", "never", "A condition of the grant is not met."),
  limit_exceeded: reason(403, "access_denied", "never", "The amount is over the limit of the grant."),
  outside_window: reason(403, "access_denied", "later", "The grant does not apply at this time."),
  user_required: reason(403, "access_denied", "never", "The grant needs a verified user."),
  assurance_too_low: reason(
    403,
    "access_denied",
    "never",
    "Nobody but the workload vouches for this tenant, and the grant needs more.",
  ),
  capability_exceeded: reason(403, "access_denied", "never", "The run's own ceiling does not cover this."),
  budget_exceeded: reason(403, "access_denied", "later", "The budget of the grant is used up."),
  already_done: reason(403, "access_denied", "never", "This effect has happened already."),
  effect_pending: reason(
    403,
    "access_denied",
    "never",
    "The same effect has an unknown outcome; it must be reconciled first.",
  ),
  eval_red: reason(
    403,
    "access_denied",
    "later",
    "The required evidence is not green for exactly this state; nothing may be written.",
  ),
  eval_pending: reason(403, "access_denied", "later", "The required evidence is still being produced."),
  frozen: reason(403, "access_denied", "later", "An operator has frozen this."),
  policy_unavailable: reason(403, "access_denied", "later", "No valid policy is active."),
  // Approvals
  approval_required: reason(400, "approval_required", "after_approval", "A person must approve this first."),
  approval_pending: reason(
    400,
    "approval_required",
    "after_approval",
    "The approval has not been given yet.",
  ),
  approval_mismatch: reason(403, "access_denied", "never", "The approval was given for something else."),
  approval_denied: reason(403, "access_denied", "never", "The approver said no."),
  approval_expired: reason(403, "access_denied", "never", "The approval has expired."),
  approval_withdrawn: reason(403, "access_denied", "never", "The approval was withdrawn."),
  approvals_full: reason(403, "access_denied", "later", "Too many actions are waiting for an approval."),
  approval_spent: reason(403, "access_denied", "never", "The approval was already used."),
  approval_self: reason(403, "access_denied", "never", "The requester cannot approve their own action."),
  approver_not_allowed: reason(403, "access_denied", "never", "This person may not approve this."),
  operator_not_allowed: reason(403, "access_denied", "never", "This operator may not do this."),
  not_found: reason(404, "invalid_request", "never", "There is nothing of this name."),
  login_refused: reason(401, "access_denied", "never", "The login did not work; begin it anew."),
  // Tokens and proofs
  request_malformed: reason(400, "invalid_request", "never", "The request is not well formed."),
  token_malformed: reason(400, "invalid_request", "never", "A token is not well formed."),
  token_untrusted: reason(
    400,
    "invalid_request",
    "never",
    "A token's issuer, key or signature is not trusted.",
  ),
  token_wrong_type: reason(400, "invalid_request", "never", "A token of another kind was given."),
  token_wrong_audience: reason(400, "invalid_request", "never", "A token was made for somebody else."),
  token_expired: reason(400, "invalid_request", "never", "A token has expired or is not yet valid."),
  token_replayed: reason(400, "invalid_request", "never", "A single-use token was used before."),
  proof_invalid: reason(401, "invalid_dpop_proof", "never", "The proof of possession does not fit."),
  proof_nonce_required: reason(
    400,
    "use_dpop_nonce",
    "later",
    "The proof of possession must hold the current nonce that the answer names.",
  ),
  caller_unknown: reason(401, "invalid_client", "never", "The caller has not shown who it is."),
  token_kind_unsupported: reason(
    400,
    "unsupported_token_type",
    "never",
    "Tokens of this kind are not revoked here.",
  ),
  digest_mismatch: reason(400, "invalid_request", "never", "The action and its digest differ."),
  workload_unknown: reason(400, "invalid_request", "never", "The workload is not declared."),
  agent_not_allowed: reason(403, "access_denied", "never", "This workload may not run this agent."),
  tenant_unknown: reason(
    403,
    "access_denied",
    "never",
    "The tenant is not known or has no connection to this system.",
  ),
  // Runs and leases
  run_ended: reason(400, "invalid_request", "never", "The run has ended."),
  state_changed: reason(409, "access_denied", "later", "Policy or state changed while deciding; ask again."),
  lease_unknown: reason(401, "invalid_token", "never", "The handle is not known."),
  lease_expired: reason(401, "invalid_token", "never", "The lease is over."),
  lease_used: reason(401, "invalid_token", "never", "The lease has no use left."),
  // Gateway
  request_mismatch: reason(403, "access_denied", "never", "The request is not the action that was decided."),
  target_refused: reason(
    403,
    "access_denied",
    "never",
    "This target may not be reached with this credential.",
  ),
  // Systems and stores
  unknown_target: reason(400, "invalid_target", "never", "The system or operation is not known."),
  downstream_unavailable: reason(
    503,
    "temporarily_unavailable",
    "later",
    "The downstream system did not answer.",
  ),
  rate_limited: reason(
    429,
    "temporarily_unavailable",
    "later",
    "The downstream system may not be asked more at the moment.",
  ),
  downstream_refused: reason(502, "access_denied", "never", "The downstream system refused."),
  credential_wider: reason(
    502,
    "access_denied",
    "never",
    "The downstream system issued more than was asked; it was revoked.",
  ),
  outcome_unknown: reason(502, "access_denied", "never", "Whether the effect happened is not known."),
  ledger_unavailable: reason(
    503,
    "temporarily_unavailable",
    "later",
    "The decision could not be recorded; nothing was issued.",
  ),
  broker_unavailable: reason(503, "temporarily_unavailable", "later", "The broker did not answer."),
  connection_refused: reason(
    409,
    "access_denied",
    "later",
    "The connection is not accepted; the one before stays in force.",
  ),
  consent_refused: reason(401, "access_denied", "never", "The consent did not work; begin it anew."),
  // Runtime and configuration
  no_run: reason(403, "access_denied", "never", "The tool was called outside of a run."),
  tool_failed: reason(500, "server_error", "never", "The tool failed."),
  binding_failed: reason(400, "invalid_request", "never", "The tool's arguments do not fit its operation."),
  configuration_invalid: reason(500, "server_error", "never", "The configuration is not valid."),
  policy_invalid: reason(500, "server_error", "never", "The policy is not valid."),
  development_setting: reason(
    500,
    "server_error",
    "never",
    "A development setting is refused in production.",
  ),
  internal: reason(500, "server_error", "never", "Something went wrong inside; nothing was issued."),
} as const satisfies Record<string, ReasonEntry>);

/** A stable, documented reason. */
export type Reason = keyof typeof REASONS;

/** True when `text` names a reason of the table; `constructor` and `__proto__` do not. */
export function isReason(text: unknown): text is Reason {
  return typeof text === "string" && Object.hasOwn(REASONS, text);
}

/** Whether asking again with the same action can ever help. */
export function isRetryable(name: Reason): boolean {
  return REASONS[name].retry !== "never";
}
