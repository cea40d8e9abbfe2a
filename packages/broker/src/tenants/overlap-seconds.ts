import type { Policy } from "@watchword/policy";
import { RETRY_SECONDS } from "../sweep-leases.ts";

/** Seconds between a decision with the earlier secret and the start of the lease that its mint gives. */
const MINT_SECONDS = 60;

/**
 * Seconds for which a secret that was replaced is kept: what was minted with it last may live as long as the longest lease of
 * the policy, and ending it is tried for a while after that.
 */
export function overlapSeconds({ grants }: Policy): number {
  const longest = Math.max(0, ...grants.map(({ leaseSeconds }) => leaseSeconds));
  return MINT_SECONDS + longest + RETRY_SECONDS;
}
