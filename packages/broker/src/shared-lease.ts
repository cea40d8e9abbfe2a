import { type LeaseRecord, digestOf, numericDate } from "@watchword/core";
import type { AllowedAction } from "./allowed-action.ts";
import type { BrokerContext } from "./broker-context.ts";
import type { OpenLease } from "./open-lease.ts";
import { connectionFingerprint } from "./tenants/connection-fingerprint.ts";

/**
 * What a credential that may be shared is minted for; `undefined`: it is for its own action alone. INVARIANT: only reads in the
 * gateway's hands share, within one tenant, run, agent and grant, and only a credential that says nothing of its action: all that the
 * system was asked for is the same. Each request is still compared with its own decision.
 */
export function sharingKey(
  context: BrokerContext,
  { decided, permission, approval, authority }: AllowedAction,
): string | undefined {
  const { adapter, operation, connection, assertion } = decided;
  const { record } = assertion.run;
  const shares =
    permission.leaseFor === "run" &&
    permission.custody === "gateway" &&
    operation.access === "read" &&
    authority.access === "read" &&
    approval === undefined &&
    // An access token of the broker names the action that it is for.
    adapter.audience === undefined;
  if (!shares) return undefined;
  return digestOf([
    "run-lease",
    record.tenant,
    record.id,
    record.agent,
    authority.system,
    permission.grantDigest,
    connectionFingerprint(context, connection),
    authority.resource,
    authority.native,
  ]);
}

/** Mints of others that a read waits for before it makes one itself: a system that fails does not hold up one read after another. */
const WAITS = 2;

/** Shares the credential that was minted for this, or is being minted, while it lives; else mints one for those who come after. */
export async function shareOrMint(
  context: BrokerContext,
  key: string,
  share: (base: SharedLease) => Promise<OpenLease>,
  mint: () => Promise<OpenLease>,
): Promise<OpenLease> {
  for (let waits = 0; waits < WAITS; waits++) {
    const known = context.runLeases.find(key);
    const base = known && (await living(context, await known));
    if (base !== undefined) return share(base);
    // Who finds first that there is none begins to mint, in this same step; the others wait for that.
    if (context.runLeases.find(key) !== known) continue;
    const opened = mint();
    context.runLeases.keep(
      key,
      opened.then(({ lease }) => lease.id),
    );
    return opened;
  }
  return mint();
}

/** A lease whose credential is there to be shared. */
export type SharedLease = LeaseRecord & { readonly sealed: Uint8Array };

async function living(context: BrokerContext, id: string | undefined): Promise<SharedLease | undefined> {
  const lease = id === undefined ? undefined : await context.store.lease(id);
  if (lease === undefined || lease.sealed === null || lease.base !== undefined) return undefined;
  const lives = lease.revocation === null && lease.expiresAt > numericDate(context.clock);
  return lives ? { ...lease, sealed: lease.sealed } : undefined;
}
