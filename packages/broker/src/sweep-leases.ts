import { type Authority, type LeaseRecord, type RevocationOutcome, numericDate } from "@watchword/core";
import { adapterContext } from "./adapter-context.ts";
import type { BrokerContext } from "./broker-context.ts";
import { recordedOutcomes } from "./object-origin.ts";
import { graceOf } from "./lease-end.ts";
import { leaseContext } from "./open-lease.ts";
import { openConnection } from "./tenant-systems.ts";

/** What one sweep did. `waiting`: leases that are dead for use, and whose credential still has to be revoked. */
export interface SweepReport {
  readonly ended: number;
  readonly waiting: number;
  readonly orphans: number;
}

const BATCH = 100;
const REVOKE_MILLISECONDS = 5_000;
/** Seconds for which a revocation that failed is tried again before the lease is closed as `unknown`. */
export const RETRY_SECONDS = 300;

/**
 * Ends every lease that is past its end or whose run has ended, and closes intents whose process died. Safe to run on
 * every replica at once: ending a lease twice is one end.
 */
export async function sweepLeases(context: BrokerContext): Promise<SweepReport> {
  const due = await context.store.leasesDue(numericDate(context.clock), BATCH);
  const results = await Promise.all(due.map((lease) => endLease(context, lease)));
  const ended = results.filter(Boolean).length;
  return { ended, waiting: results.length - ended, orphans: await closeOrphans(context) };
}

/** Revokes a lease's credential and closes it; `false` when the system could not do it yet, and it stays due. */
export async function endLease(context: BrokerContext, lease: LeaseRecord): Promise<boolean> {
  const graced = lease.expiresAt + graceOf(lease);
  if (graceOf(lease) > 0 && numericDate(context.clock) < graced && (await runsOn(context, lease))) {
    // No request starts any more; an answer under way may still need the credential.
    await context.store.postponeLease(lease.id, graced);
    return false;
  }
  const { outcome, retryAfterSeconds } = await revoke(context, lease);
  const now = numericDate(context.clock);
  if (outcome === "unknown" && retryAfterSeconds !== undefined && now < (lease.nativeExpiresAt ?? Infinity)) {
    // The system may not be asked at the moment: no reason to give up on a credential that lives.
    await context.store.postponeLease(
      lease.id,
      Math.min(now + retryAfterSeconds, lease.nativeExpiresAt ?? Infinity),
    );
    return false;
  }
  if (outcome === "unknown" && now < lease.expiresAt + RETRY_SECONDS) {
    // To the end of the queue: a system that is down must not keep the credentials of others alive.
    await context.store.postponeLease(lease.id, now);
    return false;
  }
  await context.store.endLease(lease.id, outcome, now, {
    kind: "revocation",
    at: context.clock.now(),
    tenant: lease.tenant,
    decisionId: lease.decisionId,
    body: {
      lease: lease.id,
      system: lease.system,
      outcome,
      uses: lease.uses,
      fingerprint: lease.fingerprint,
      native_expires_at: lease.nativeExpiresAt ?? "never",
    },
  });
  return true;
}

async function runsOn({ store }: BrokerContext, { run, root }: LeaseRecord): Promise<boolean> {
  const runs = await Promise.all([store.run(run), store.run(root)]);
  return runs.every((record) => record !== undefined && record.endedAt === null);
}

/** How a credential's end went; `retryAfterSeconds`: its system may not be asked before. */
interface Revocation {
  readonly outcome: RevocationOutcome;
  readonly retryAfterSeconds?: number | undefined;
}

async function revoke(context: BrokerContext, lease: LeaseRecord): Promise<Revocation> {
  // Its own use ended with it; the credential ends where it was minted.
  if (lease.base !== undefined) return { outcome: "injected_only" };
  const adapter = context.systems.get(lease.system);
  if (adapter === undefined || lease.sealed === null) return { outcome: "unknown" };
  try {
    const credential = await context.keys.sealer.open(lease.sealed, leaseContext(lease));
    // By the secret that it was minted with: a rotation since then may have made another one current.
    const connection = await openConnection(context, lease.tenant, lease.system, lease.connection);
    const call = adapterContext(context, {
      connection,
      resource: (JSON.parse(lease.authority) as Authority).resource,
      purpose: "ending",
      milliseconds: REVOKE_MILLISECONDS,
      outcomes: () => recordedOutcomes(context, lease),
    });
    const said = await adapter.revoke(credential, call).catch(() => "unknown" as const);
    // An adapter that cannot end a credential need not know who holds it: what never left ends with its lease.
    const outcome = said === "unsupported" && lease.custody === "gateway" ? "injected_only" : said;
    return { outcome, retryAfterSeconds: call.meter?.refusal?.retryAfterSeconds };
  } catch {
    // Told honestly as unknown; the error may quote the credential.
    return { outcome: "unknown" };
  }
}

/** An intent without an outcome: the process died between record and mint, or after it. What it spent stays spent. */
async function closeOrphans(context: BrokerContext): Promise<number> {
  const now = numericDate(context.clock);
  const orphans = await context.store.openIntents(now, BATCH);
  for (const orphan of orphans) {
    const native = context.systems.get(orphan.system)?.capabilities.nativeLifeSeconds ?? null;
    await context.store.closeOrphan(orphan.decisionId, {
      kind: "recovery",
      at: context.clock.now(),
      tenant: orphan.tenant,
      decisionId: orphan.decisionId,
      body: {
        outcome: "orphaned",
        lease: orphan.leaseId,
        run: orphan.run,
        system: orphan.system,
        // Latest moment at which a credential that may have been minted natively ends.
        native_expires_at: native === null ? "never" : orphan.now + native,
      },
    });
  }
  return orphans.length;
}
