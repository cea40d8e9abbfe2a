import { type ApprovalRecord, Refusal, numericDate } from "@watchword/core";
import { approversOf, claimsHold } from "@watchword/policy";
import type { BrokerContext } from "./broker-context.ts";
import { recordRefusal } from "./record-refusal.ts";
import { type Vouched, verifyIdentity } from "./verify-identity.ts";

/** Seconds since an approver's last login, at most. */
const FRESH_LOGIN_SECONDS = 300;

/** Where people say yes or no. */
export interface Approvals {
  get(id: string): Promise<ApprovalRecord | undefined>;
  /** What waits in a tenant, oldest first. */
  pending(tenant: string): Promise<readonly ApprovalRecord[]>;
  /**
   * Decides one approval with the approver's own token. It yields no credential: the runtime asks again, and everything
   * is looked at anew.
   *
   * @throws Refusal `approver_not_allowed`, `approval_self`, `approval_expired`, `approval_mismatch` (not pending), and
   *   whatever the token's verifier refuses
   */
  decide(
    id: string,
    answer: { readonly token: string; readonly verdict: "approve" | "deny" },
  ): Promise<ApprovalRecord>;
}

/** The approvals of a broker. */
export function approvals(context: BrokerContext): Approvals {
  return Object.freeze({
    get: (id: string) => context.store.approval(id),
    pending: (tenant: string) => context.store.pendingApprovals(tenant, numericDate(context.clock)),
    decide: (id: string, answer: { readonly token: string; readonly verdict: "approve" | "deny" }) =>
      decideApproval(context, id, answer),
  });
}

async function decideApproval(
  context: BrokerContext,
  id: string,
  answer: { readonly token: string; readonly verdict: "approve" | "deny" },
): Promise<ApprovalRecord> {
  const { approver, approval } = await known(context, id, answer.token);
  try {
    return await decideAs(context, approver, approval, answer.verdict);
  } catch (error) {
    throw await recorded(context, approver, approval, error);
  }
}

/** Who asks about which approval. Whoever names none that is there is counted: a login alone must not fill the ledger. */
async function known(
  context: BrokerContext,
  id: string,
  token: string,
): Promise<{ approver: Vouched; approval: ApprovalRecord }> {
  try {
    const approver = await verifyIdentity(context, token, "approver");
    const approval = await context.store.approval(id);
    if (approval === undefined)
      throw new Refusal("approval_mismatch", { detail: "no such approval", failedFact: "approval" });
    return { approver, approval };
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    context.counted.note(refusal);
    throw refusal;
  }
}

async function decideAs(
  context: BrokerContext,
  approver: Vouched,
  approval: ApprovalRecord,
  verdict: "approve" | "deny",
): Promise<ApprovalRecord> {
  const { id } = approval;
  const now = numericDate(context.clock);
  checkApprover(context, approver, approval, now);
  const state = verdict === "approve" ? "granted" : "denied";
  const decidedBy = `${approver.issuer} ${approver.subject}`;
  const changed = await context.store.decideApproval(id, state, decidedBy, now, {
    kind: "approval",
    at: context.clock.now(),
    tenant: approval.tenant,
    body: {
      approval: id,
      outcome: state,
      approvers: approval.approvers,
      grant: approval.grant,
      action_digest: approval.actionDigest,
      binding: approval.binding,
    },
    personal: { approver: { issuer: approver.issuer, subject: approver.subject }, shown: approval.shownText },
  });
  const after = await context.store.approval(id);
  if (changed && after !== undefined) return after;
  if (approval.expiresAt <= now) throw new Refusal("approval_expired", { failedFact: "approval" });
  throw new Refusal("approval_mismatch", {
    detail: `the approval is ${after?.state ?? "gone"} already`,
    failedFact: "approval",
  });
}

/** Records who was refused, and why. */
function recorded(
  context: BrokerContext,
  approver: Vouched,
  approval: ApprovalRecord,
  error: unknown,
): Promise<Refusal> {
  const refusal = Refusal.from(error, "internal");
  return recordRefusal(context, refusal, {
    kind: "approval",
    at: context.clock.now(),
    tenant: approval.tenant,
    body: { approval: approval.id, outcome: "refused", reason: refusal.reason },
    personal: {
      approver: { issuer: approver.issuer, subject: approver.subject },
      detail: refusal.message,
    },
  });
}

/** Who may decide: of the declared group, freshly logged in, within their tenant, and never the requester. */
function checkApprover(
  context: BrokerContext,
  approver: Vouched,
  approval: ApprovalRecord,
  now: number,
): void {
  const rule = approversOf(context.policy, approval.approvers);
  const not = (detail: string): Refusal =>
    new Refusal("approver_not_allowed", { detail, failedFact: "approval" });
  if (rule === undefined) throw not(`${approval.approvers} is no longer declared`);
  if (rule.issuer !== approver.issuer) throw not("logged in at another issuer");
  for (const [claim, wanted] of Object.entries(rule.claim)) {
    if (!claimsHold({ [claim]: wanted }, approver.claims))
      throw not(`claim ${claim} does not hold what ${approval.approvers} needs`);
  }
  if (rule.tenant !== undefined && approver.claims[rule.tenant.claim] !== approval.tenant)
    throw not("the approval is of another tenant");
  // A login in the future is no fresher than one that never was.
  const age = approver.authenticatedAt === undefined ? Infinity : now - approver.authenticatedAt;
  if (age > FRESH_LOGIN_SECONDS || age < -FRESH_LOGIN_SECONDS)
    throw not("the login is not fresh; log in again");
  const { requester } = approval;
  if (
    requester.kind === "user" &&
    requester.issuer === approver.issuer &&
    requester.subject === approver.subject
  )
    throw new Refusal("approval_self", { failedFact: "approval" });
}
