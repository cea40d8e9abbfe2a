import { type ApprovalStatus, numericDate } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { approvalStatus } from "./approval-status.ts";
import type { WaitingRun } from "./waiting-run.ts";

/** Between two looks at the store: a decision at another replica is seen this late at most. */
const LOOK_MILLISECONDS = 1_000;

/** Looks after which somebody who waits hears that nothing has happened. */
const LOOKS_PER_SIGN = 15;

/**
 * How an approval stands, now and at every change; `null` now and then as a sign of life. It ends when nothing can change
 * any more, with the run, with its token, or by `signal`.
 *
 * @throws Refusal `broker_unavailable` when too many watch already
 */
export async function* watchApproval(
  context: BrokerContext,
  { run, approval }: WaitingRun,
  signal: AbortSignal,
): AsyncGenerator<ApprovalStatus | null> {
  const leave = context.approvalChanges.enter(run.record.id);
  try {
    let told: string | undefined;
    for (let look = 1; !signal.aborted; look++) {
      const found = await context.store.approval(approval.id);
      const now = numericDate(context.clock);
      if (found === undefined) return;
      const status = approvalStatus(found, now);
      if (status.state !== told) yield status;
      told = status.state;
      if (told !== "pending" || run.claims.exp <= now) return;
      if (look % LOOKS_PER_SIGN === 0) {
        if ((await context.store.run(run.record.id))?.endedAt !== null) return;
        yield null;
      }
      await context.approvalChanges.wait(approval.id, LOOK_MILLISECONDS, signal);
    }
  } finally {
    leave();
  }
}
