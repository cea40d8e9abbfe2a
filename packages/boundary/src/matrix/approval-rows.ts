import type { Reason } from "@watchword/core";
import type { ApprovalCondition, Situation } from "../situation.ts";
import { needsApproval } from "./baseline-of.ts";
import { type Change, type GrantMatter, arguing } from "./grant-matter.ts";

const CONDITIONS: readonly (readonly [ApprovalCondition, string, readonly Reason[]])[] = [
  ["none", "nobody was asked", ["approval_required"]],
  ["pending", "nobody has said anything yet", ["approval_pending"]],
  ["denied", "the approver said no", ["approval_denied"]],
  ["withdrawn", "it was taken back", ["approval_withdrawn"]],
  ["self", "the requester approves it", ["approval_self"]],
  ["stranger", "somebody approves it who may not", ["approver_not_allowed"]],
  ["other-action", "the approval of another action", ["approval_mismatch"]],
  ["other-thread", "the approval of another thread", ["approval_mismatch"]],
  ["expired", "the approval has expired", ["approval_expired"]],
  ["spent", "the approval was spent before", ["approval_spent", "already_done", "effect_pending"]],
];

/** The approval: every way in which a person has not said yes to exactly this. */
export function approvalRows(matter: GrantMatter): Change[] {
  const baseline = approvedBaseline(matter);
  if (baseline === undefined) return [];
  return CONDITIONS.map(([approval, title, expected]) => ({
    fact: "approval",
    mutation: approval,
    title,
    baseline,
    mutated: {
      ...baseline,
      approval,
      ...(approval === "expired" && matter.grant.approval !== undefined
        ? { lived: matter.grant.approval.seconds + 1 }
        : {}),
    },
    expected:
      approval === "spent" && matter.grant.once === undefined
        ? ["approval_spent", "approval_mismatch"]
        : expected,
    // The first of two is allowed, and has effects or spends.
    alone: approval === "spent",
  }));
}

/** The baseline as it needs an approval, which is granted: with an amount just over the one that needs none. */
function approvedBaseline({ grant, baseline }: GrantMatter): Situation | undefined {
  if (grant.approval === undefined) return undefined;
  if (baseline.approval === "granted") return baseline;
  for (const [name, over] of grant.approval.over ?? []) {
    const max = grant.rules.get(name)?.maxMoney;
    if (max !== undefined && max.minor <= over.minor) continue;
    const more = arguing(baseline, { [name]: { minor: over.minor + 1, currency: over.currency } });
    if (needsApproval(grant.approval.over, more.action.arguments)) return { ...more, approval: "granted" };
  }
  return undefined;
}
