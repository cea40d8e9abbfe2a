import {
  type ApprovalQuestion,
  type ApprovalState,
  type ApprovalStatus,
  type ApprovalWaiting,
  type Clock,
  Refusal,
  approvalUrl,
  numericDate,
  thumbprint,
  verifyProof,
} from "@watchword/core";

/** What the fake's approvals are made of. */
export interface FakeApprovalsOptions {
  readonly issuer: string;
  readonly clock: Clock;
  /** What became of an approval; asked once per question. Default: it is granted. */
  readonly becomes: ((approvalId: string) => ApprovalState | Promise<ApprovalState>) | undefined;
  /** Thumbprint of the key of the run that a token is of; `undefined` when it is of none, or its run has ended. */
  readonly keyOf: (runToken: string) => string | undefined;
}

/** Approvals of the fake broker: decided by script, asked for with the run's own key. */
export function fakeApprovals({ issuer, clock, becomes, keyOf }: FakeApprovalsOptions): ApprovalWaiting {
  const withdrawn = new Set<string>();
  async function check(
    { approvalId, runToken, dpop }: ApprovalQuestion,
    about: "state" | "events" | "withdrawal",
  ): Promise<void> {
    const key = keyOf(runToken);
    if (key === undefined) throw new Refusal("run_ended");
    const method = about === "withdrawal" ? "POST" : "GET";
    const target = { method, url: approvalUrl(issuer, approvalId, about), token: runToken };
    const { publicJwk } = await verifyProof(await dpop(), target, numericDate(clock));
    if ((await thumbprint(publicJwk)) !== key) throw new Refusal("proof_invalid");
  }
  async function status(approvalId: string): Promise<ApprovalStatus> {
    const state = withdrawn.has(approvalId) ? "withdrawn" : ((await becomes?.(approvalId)) ?? "granted");
    return { id: approvalId, state, expires_at: numericDate(clock) + 600, interval: 1 };
  }
  return Object.freeze<ApprovalWaiting>({
    state: async (question) => {
      await check(question, "state");
      return status(question.approvalId);
    },
    async *events(question): AsyncGenerator<ApprovalStatus> {
      await check(question, "events");
      yield await status(question.approvalId);
    },
    withdraw: async (question) => {
      await check(question, "withdrawal");
      withdrawn.add(question.approvalId);
      return true;
    },
  });
}
