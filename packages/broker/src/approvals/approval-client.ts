import type { ApprovalQuestion, ApprovalStatus, ApprovalWaiting } from "@watchword/core";
import type { Approvals } from "../approvals.ts";
import { type RunProof, askProven } from "../proven-run.ts";

/** Waiting for approvals, for callers in the same process; HTTP callers ask the same questions. */
export function approvalClient(approvals: Approvals): ApprovalWaiting {
  return Object.freeze<ApprovalWaiting>({
    state: (question) => proven(question, (caller) => approvals.state(question.approvalId, caller)),
    withdraw: (question) =>
      proven(question, (caller) => approvals.withdrawByRun(question.approvalId, caller)),
    async *events(question, signal): AsyncGenerator<ApprovalStatus> {
      const states = await proven(question, (caller) => approvals.watch(question.approvalId, caller, signal));
      for await (const status of states) if (status !== null) yield status;
    },
  });
}

function proven<Result>(
  { runToken, dpop }: ApprovalQuestion,
  ask: (caller: RunProof) => Promise<Result>,
): Promise<Result> {
  return askProven(runToken, dpop, ask);
}
