import { numericDate } from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { RETRY_SECONDS } from "../sweep-leases.ts";

/** Seconds between a decision with the earlier secret and the start of the lease that its mint gives. */
const MINT_SECONDS = 60;
const PAGE = 1_000;

/**
 * NumericDate until which a secret that is replaced now is kept: what is minted with it last lives as long as the longest lease of
 * the policy, what lives already may come from a policy that allowed more, and ending either is tried for a while.
 */
export async function neededUntil(context: BrokerContext, tenant: string, system: string): Promise<number> {
  const longest = context.policy.grants.reduce(
    (most, { leaseSeconds, graceSeconds }) => Math.max(most, leaseSeconds + graceSeconds),
    0,
  );
  const lastToCome = numericDate(context.clock) + MINT_SECONDS + longest;
  return Math.max(lastToCome, await lastExpiry(context, tenant, system)) + RETRY_SECONDS;
}

async function lastExpiry({ store }: BrokerContext, tenant: string, system: string): Promise<number> {
  let last = 0;
  let after: string | undefined;
  for (;;) {
    const leases = await store.activeLeases({
      tenant,
      limit: PAGE,
      ...(after === undefined ? {} : { after }),
    });
    for (const lease of leases) if (lease.system === system) last = Math.max(last, lease.expiresAt);
    after = leases.at(-1)?.id;
    if (leases.length < PAGE || after === undefined) return last;
  }
}
