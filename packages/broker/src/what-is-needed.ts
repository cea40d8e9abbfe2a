import { type Explanation, REASONS, isReason } from "@watchword/core";

/** What a decision says about itself, as far as it matters for what is missing. */
interface Decided {
  readonly outcome: string;
  readonly reason: string | null;
  readonly agent: string | null;
  readonly system: string | null;
  readonly operation: string | null;
  readonly approval: string | null;
  readonly checks: Explanation | null;
}

/** In words for an operator: what the same action would need in order to be allowed. */
export function whatIsNeeded(decided: Decided): string[] {
  const { outcome, reason, checks } = decided;
  if (outcome === "allow") return [];
  if (outcome === "approval_required")
    return [`an approver's yes to ${decided.approval ?? "its approval"}, then the same action again with it`];
  if (reason === "tenant_mismatch")
    return [
      "a run of the tenant that owns the object. No policy change is suggested for a mismatch of tenants.",
    ];
  if (reason === "not_granted") {
    const agent = decided.agent?.split("@")[0] ?? "the agent";
    return [`a grant of ${agent} for ${decided.system ?? "?"}/${decided.operation ?? "?"}`];
  }
  const failed = (checks?.children ?? []).flatMap((grant) => failedIn(grant));
  if (failed.length > 0) return failed;
  if (!isReason(reason)) return [];
  return [
    REASONS[reason].retry === "never"
      ? "something else: the same request cannot succeed"
      : "the same request later",
  ];
}

/** A shadow grant allows nothing, whatever it would need. */
function failedIn(grant: Explanation): string[] {
  if (grant.check.endsWith(" (shadow)")) return [];
  return (grant.children ?? [])
    .filter(({ passed }) => !passed)
    .map(
      ({ check, required, held }) =>
        `by ${grant.check}: ${check} ${required ?? "to pass"}${held === undefined ? "" : ` (it was ${held})`}`,
    );
}
