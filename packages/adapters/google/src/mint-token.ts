import { type AdapterContext, type Authority, type Minted, Refusal, numericDate } from "@watchword/core";
import { argumentText } from "./argument-text.ts";
import { askToken } from "./ask-token.ts";
import type { GoogleSettings } from "./google-options.ts";

const MINT_MILLISECONDS = 10_000;
/** How audit logs tell an action's token from one of a check. */
const USER_AGENT = "watchword-adapter-google";

/**
 * Mints the token of one action: cut down to its object and role, and living no longer than its lease.
 *
 * @throws Refusal `tenant_mismatch`, `configuration_invalid`, `lease_expired` before anything is sent; `downstream_refused` when nothing
 * was given; `downstream_unavailable` when that is not known
 */
export async function mintToken(
  settings: GoogleSettings,
  authority: Authority,
  context: AdapterContext,
): Promise<Minted> {
  if (authority.resource["account"] !== context.connection.account)
    throw new Refusal("tenant_mismatch", {
      detail: "google: the authority is for another account",
      failedFact: "tenant",
    });
  const { credential, expiresAt } = await askToken(settings, context, {
    boundary: argumentText(authority.native, "boundary"),
    scope: argumentText(authority.native, "scope"),
    seconds: secondsLeft(settings, context),
    userAgent: USER_AGENT,
    signal: AbortSignal.any([context.signal, AbortSignal.timeout(MINT_MILLISECONDS)]),
  });
  return { credential, kind: "downscoped-token", granted: authority, nativeExpiresAt: expiresAt };
}

/** INVARIANT: no token outlives its lease, whoever holds it: Google ends it, since nothing else could. */
function secondsLeft({ lifeSeconds }: GoogleSettings, { minting, clock }: AdapterContext): number {
  const left = minting === undefined ? lifeSeconds : minting.leaseEndsAt - numericDate(clock);
  if (left < 1)
    throw new Refusal("lease_expired", {
      detail: "google: nothing is left of the lease",
      failedFact: "credential",
    });
  return Math.min(lifeSeconds, left);
}
