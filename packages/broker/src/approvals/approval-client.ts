import type { ApprovalQuestion, ApprovalStatus, ApprovalWaiting } from "@watchword/core";
import type { Approvals } from "../approvals.ts";
import { NonceRequired, type RunProof } from "./waiting-run.ts";

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

/** Asks once more when the broker wants its nonce in the proof (RFC 9449 section 8). */
async function proven<Result>(
  { runToken, dpop }: ApprovalQuestion,
  ask: (caller: RunProof) => Promise<Result>,
): Promise<Result> {
  try {
    return await ask({ token: runToken, proof: await dpop() });
  } catch (error) {
    if (!(error instanceof NonceRequired)) throw error;
    return ask({ token: runToken, proof: await dpop(error.nonce) });
  }
}
