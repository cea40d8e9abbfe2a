import { type Action, Refusal, type TokenSuccess, numericDate } from "@watchword/core";
import { type AssertedCall, assertAction } from "./assert-action.ts";
import { startHeartbeat } from "./heartbeat.ts";
import type { RunSession } from "./run-session.ts";

type Lease = NonNullable<TokenSuccess["lease"]>;

/**
 * Asks for one step of the lease after another, in the middle of each, until what it gives is called: when the tool is done. Does
 * nothing for a lease that cannot be prolonged. A refusal that asking again cannot change ends it; the tool then has what is left.
 */
export function keepLease(
  session: RunSession,
  action: Action,
  call: AssertedCall,
  lease: Lease,
  onFailure: (error: unknown) => void,
): () => void {
  const { job_until: until, credential, lease_id: id } = lease;
  if (until === undefined || credential.lease_expires_at >= until) return () => undefined;
  const stop = startHeartbeat({
    expiresIn: Math.max(1, credential.lease_expires_at - numericDate(session.clock)),
    renew: async () => {
      const answer = await session.broker.token(
        await assertAction(session, action, { ...call, prolongs: id }),
      );
      if (!answer.ok) throw new Refusal(answer.reason, { failedFact: "credential" });
      // INVARIANT: what it is told of another lease says nothing of this one.
      if (answer.lease?.lease_id !== id)
        throw new Refusal("internal", { detail: "the answer is of another lease" });
      if (answer.lease.credential.lease_expires_at >= until) stop();
      return answer.expires_in;
    },
    schedule: session.schedule,
    onFailure,
  });
  return stop;
}
