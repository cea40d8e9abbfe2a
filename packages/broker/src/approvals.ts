import {
  type ApprovalRecord,
  type ApprovalStatus,
  Refusal,
  type VerifiedIdentity,
  numericDate,
} from "@watchword/core";
import { type ApprovalLogin, approvalLogin } from "./approvals/approval-login.ts";
import { approvalStatus } from "./approvals/approval-status.ts";
import { approverRefused } from "./approvals/approver-refusal.ts";
import { checkApprover } from "./approvals/check-approver.ts";
import { type ApproverAnswer, decideApproval, knownApproval } from "./approvals/decide-approval.ts";
import { listApprovals } from "./approvals/list-approvals.ts";
import { type ShownApproval, shownApproval } from "./approvals/shown-approval.ts";
import { waitingRun } from "./approvals/waiting-run.ts";
import type { RunProof } from "./proven-run.ts";
import { watchApproval } from "./approvals/watch-approval.ts";
import { withdrawApproval } from "./approvals/withdraw-approval.ts";
import type { BrokerContext } from "./broker-context.ts";
import { verifyIdentity } from "./verify-identity.ts";

/** Where people say yes or no, and runtimes wait for it. */
export interface Approvals {
  /** For the operator. */
  get(id: string): Promise<ApprovalRecord | undefined>;
  /** What waits in a tenant, oldest first. For the operator. */
  pending(tenant: string): Promise<readonly ApprovalRecord[]>;
  /**
   * What waits for the person of this token, in the tenants that they may decide for.
   *
   * @throws Refusal as the token's verifier refuses
   */
  list(token: string): Promise<readonly ShownApproval[]>;
  /** @throws Refusal `approver_not_allowed`, `approval_self`, `approval_mismatch` (there is none for them), or the token's */
  show(id: string, token: string): Promise<ShownApproval>;
  /**
   * Decides one approval with the approver's own token. It yields no credential: the runtime asks again, and everything
   * is looked at anew.
   *
   * @throws Refusal `approver_not_allowed`, `approval_self`, `approval_expired`, `approval_mismatch` (not pending, or none for
   *   them), and whatever the token's verifier refuses
   */
  decide(id: string, answer: ApproverAnswer & { readonly token: string }): Promise<ApprovalRecord>;
  /** Takes it back, for the operator. `false`: it was too late, or never there. */
  withdraw(id: string, by?: string): Promise<boolean>;
  /** Takes it back, for the run that asked. @throws Refusal `token_…`, `proof_invalid`, `run_ended`, `approval_mismatch` */
  withdrawByRun(id: string, caller: RunProof): Promise<boolean>;
  /** How it stands, for the run that waits. @throws Refusal as {@link withdrawByRun} */
  state(id: string, caller: RunProof): Promise<ApprovalStatus>;
  /** The same at every change, with `null` as a sign of life. @throws Refusal as {@link withdrawByRun} */
  watch(id: string, caller: RunProof, signal: AbortSignal): Promise<AsyncGenerator<ApprovalStatus | null>>;
  /** For people at a browser; `undefined` without a configured login. */
  readonly login: ApprovalLogin | undefined;
}

/** The approvals of a broker. */
export function approvals(context: BrokerContext): Approvals {
  const verify = (token: string) => (): Promise<VerifiedIdentity> =>
    verifyIdentity(context, token, "approver");
  return Object.freeze<Approvals>({
    get: (id) => context.store.approval(id),
    pending: (tenant) => context.store.pendingApprovals(tenant, numericDate(context.clock)),
    list: async (token) => {
      const approver = await counted(context, verify(token));
      const now = numericDate(context.clock);
      return (await listApprovals(context, approver)).map((approval) => shownApproval(approval, now));
    },
    show: (id, token) => showApproval(context, id, verify(token)),
    decide: (id, { token, ...answer }) => decideApproval(context, id, verify(token), answer),
    withdraw: async (id, by) =>
      withdrawApproval(context, await context.store.approval(id), { withdrawn_by: "operator" }, by),
    withdrawByRun: async (id, caller) => {
      const { approval, run } = await waitingRun(context, id, "withdrawal", caller);
      return withdrawApproval(context, approval, { withdrawn_by: "run", run: run.record.id });
    },
    state: async (id, caller) => {
      const { approval } = await waitingRun(context, id, "state", caller);
      return approvalStatus(approval, numericDate(context.clock));
    },
    watch: async (id, caller, signal) =>
      watchApproval(context, await waitingRun(context, id, "events", caller), signal),
    login: approvalLogin(context),
  });
}

async function showApproval(
  context: BrokerContext,
  id: string,
  verify: () => Promise<VerifiedIdentity>,
): Promise<ShownApproval> {
  const { approver, approval } = await knownApproval(context, id, verify);
  const now = numericDate(context.clock);
  try {
    checkApprover(context, approver, approval, now, "any");
    return shownApproval(approval, now);
  } catch (error) {
    throw await approverRefused(context, approver, approval, "read", error);
  }
}

async function counted(
  context: BrokerContext,
  verify: () => Promise<VerifiedIdentity>,
): Promise<VerifiedIdentity> {
  try {
    return await verify();
  } catch (error) {
    const refusal = Refusal.from(error, "internal");
    context.counted.note(refusal);
    throw refusal;
  }
}
