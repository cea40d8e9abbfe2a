import { type LeaseRecord, type LedgerEntry, type Minted, numericDate } from "@watchword/core";
import { accessTokenFor } from "./access-token.ts";
import { adapterContext } from "./adapter-context.ts";
import type { AllowedAction } from "./allowed-action.ts";
import { MintFailure, type MintPermit, authorizeMint, requireStill, withdraw } from "./authorize-mint.ts";
import type { BrokerContext } from "./broker-context.ts";
import { jobEnd, leaseEnd } from "./lease-end.ts";
import { stillGreen } from "./still-green.ts";
import { type OpenLease, leaseContext, makeLease } from "./open-lease.ts";
import { type SharedLease, shareOrMint, sharingKey } from "./shared-lease.ts";

/** Milliseconds that a mint may take. */
const MINT_MILLISECONDS = 10_000;

/**
 * Steps 4 and 5 of the durable order: one mint under the permit of its recorded intent, and the record of what became of
 * it. A mint that gave nothing is recorded as that, before the failure is passed on.
 *
 * @throws MintFailure, recorded already; Refusal `ledger_unavailable` when a lease could not be recorded and its
 *   credential was revoked again
 */
export async function mintLease(
  context: BrokerContext,
  allowed: AllowedAction,
  permit: MintPermit,
): Promise<OpenLease> {
  context.onStep("intent", allowed.decisionId);
  const key = sharingKey(context, allowed);
  const mint = (): Promise<OpenLease> => mintOwn(context, allowed, permit);
  return key === undefined
    ? mint()
    : shareOrMint(context, key, (base) => shareLease(context, allowed, base), mint);
}

async function mintOwn(
  context: BrokerContext,
  allowed: AllowedAction,
  permit: MintPermit,
): Promise<OpenLease> {
  const { adapter, connection } = allowed.decided;
  const call = adapterContext(context, {
    connection,
    resource: allowed.authority.resource,
    purpose: "deciding",
    milliseconds: MINT_MILLISECONDS,
    agent: allowed.decided.assertion.run.record.agent,
    decisionId: allowed.decisionId,
    // Were a job's credential made for its first step alone, there would be nothing to prolong.
    leaseEndsAt: Math.max(leaseEnd(context, allowed), jobEnd(context, allowed, { nativeExpiresAt: null })),
    accessToken: accessTokenFor(context, allowed, permit),
  });
  let minted: Minted;
  try {
    minted = await authorizeMint(permit, adapter, call, () => stillGreen(context, allowed));
  } catch (error) {
    if (error instanceof MintFailure) await recordFailure(context, allowed, error);
    throw error;
  }
  try {
    context.onStep("minted", allowed.decisionId);
    const opened = await makeLease(context, allowed, minted);
    await recordLease(context, allowed, opened.lease);
    context.onStep("outcome", allowed.decisionId);
    return opened;
  } catch (error) {
    // Nobody will get this credential. It is revoked while we still hold it; the open intent is reported as orphaned.
    await withdraw(adapter, minted.credential, call);
    throw error;
  }
}

/** A lease of its own for a read, over the credential that its run has already: decided and recorded like any other, not minted. */
async function shareLease(
  context: BrokerContext,
  allowed: AllowedAction,
  base: SharedLease,
): Promise<OpenLease> {
  try {
    await requireStill(stillGreen.bind(undefined, context, allowed));
  } catch (error) {
    if (error instanceof MintFailure) await recordFailure(context, allowed, error);
    throw error;
  }
  const minted: Minted = {
    credential: await context.keys.sealer.open(base.sealed, leaseContext(base)),
    kind: base.kind,
    granted: allowed.authority,
    nativeExpiresAt: base.nativeExpiresAt,
  };
  const opened = await makeLease(context, allowed, minted, base);
  await recordLease(context, allowed, opened.lease);
  context.onStep("outcome", allowed.decisionId);
  return opened;
}

function recordFailure(context: BrokerContext, allowed: AllowedAction, failure: MintFailure): Promise<void> {
  return context.store.recordMint({
    minted: false,
    decisionId: allowed.decisionId,
    reopen: failure.definite,
    entry: outcomeEntry(context, allowed, {
      outcome: "not_minted",
      reason: failure.refusal.reason,
      reopened: failure.definite,
    }),
  });
}

function recordLease(context: BrokerContext, allowed: AllowedAction, lease: LeaseRecord): Promise<void> {
  const residual = allowed.decided.adapter.residual(allowed.authority);
  return context.store.recordMint({
    minted: true,
    lease,
    entry: outcomeEntry(context, allowed, {
      outcome: lease.base === undefined ? "minted" : "shared",
      ...(lease.base === undefined ? {} : { shares: lease.base }),
      lease: lease.id,
      credential_kind: lease.kind,
      custody: lease.custody,
      fingerprint: lease.fingerprint,
      lease_expires_at: lease.expiresAt,
      native_expires_at: lease.nativeExpiresAt ?? "never",
      residual: residual.summary,
      held_by: residual.heldBy,
    }),
  });
}

function outcomeEntry(
  context: BrokerContext,
  { decided, decisionId }: AllowedAction,
  body: Record<string, string | number | boolean>,
): LedgerEntry {
  const { record } = decided.assertion.run;
  return {
    kind: "outcome",
    at: context.clock.now(),
    tenant: record.tenant,
    decisionId,
    body: {
      agent: record.agent,
      run: record.id,
      at_seconds: numericDate(context.clock),
      isolation: context.isolation,
      ...body,
    },
  };
}
