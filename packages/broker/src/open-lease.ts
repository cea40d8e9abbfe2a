import {
  type Adapter,
  type Authority,
  type LeaseRecord,
  type Minted,
  type LedgerEntry,
  type LedgerReceipt,
  Refusal,
  type SealedCredential,
  TOKEN_TYPE_URIS,
  type TokenSuccess,
  canonicalJson,
  numericDate,
  randomToken,
  sha256,
  splitAgentReference,
} from "@watchword/core";
import type { AllowedAction } from "./allowed-action.ts";
import type { BrokerContext } from "./broker-context.ts";
import type { DecidedAction } from "./decide-action.ts";
import { effectKey } from "./effect-key.ts";
import { jobEnd, leaseEnd } from "./lease-end.ts";
import { receiptOf } from "./receipt-of.ts";
import { connectionFingerprint } from "./tenants/connection-fingerprint.ts";

/** Context under which a lease's credential is sealed. */
export const leaseContext = (lease: { tenant: string; id: string; adapter: string }): string =>
  JSON.stringify(["lease", lease.tenant, lease.id, lease.adapter]);

/** A recorded lease with the handle that is shown once, to the runtime. */
export interface OpenLease {
  readonly lease: LeaseRecord;
  readonly handle: string;
  /** Of a released lease: what the tool gets instead of the handle, which then opens nothing. */
  readonly released: SealedCredential | undefined;
  /** Of a lease that was there already: where its new handle is recorded. */
  readonly receipt?: LedgerReceipt;
}

/**
 * Seals the credential into a lease record and makes its handle. The lease ends with the earliest of grant, approval,
 * run and the credential itself, and of the lease whose credential it shares; an assertion's own expiry only bounds when a mint may
 * start.
 */
export async function makeLease(
  context: BrokerContext,
  allowed: AllowedAction,
  minted: Minted,
  base?: LeaseRecord,
): Promise<OpenLease> {
  const { permission, authority } = allowed;
  const { assertion, adapter } = allowed.decided;
  const { record, claims } = assertion.run;
  const handle = randomToken(32);
  const expiresAt = Math.min(
    leaseEnd(context, allowed),
    minted.nativeExpiresAt ?? Infinity,
    base?.expiresAt ?? Infinity,
  );
  const identity = { tenant: record.tenant, id: allowed.leaseId, adapter: adapter.name };
  const lease: LeaseRecord = {
    ...identity,
    decisionId: allowed.decisionId,
    system: authority.system,
    run: record.id,
    root: record.root,
    thread: record.thread,
    custody: permission.custody,
    txn: assertion.action.txn,
    actionDigest: assertion.actionDigest,
    authority: canonicalJson(authority),
    thumbprint: claims.cnf.jkt,
    handleHash: sha256(handle),
    sealed: await context.keys.sealer.seal(minted.credential, leaseContext(identity)),
    kind: minted.kind,
    fingerprint: minted.credential.fingerprint,
    connection: connectionFingerprint(context, allowed.decided.connection),
    idempotencyKey: effectKey(allowed),
    ...quotaScopeOf(context, allowed),
    nativeExpiresAt: minted.nativeExpiresAt,
    ...(base === undefined ? {} : { base: base.id }),
    ...(permission.jobSeconds === undefined || base !== undefined
      ? {}
      : { job: { until: jobEnd(context, allowed, minted), grantDigest: permission.grantDigest } }),
    ...(permission.graceSeconds === undefined
      ? {}
      : { grace: { seconds: permission.graceSeconds, end: expiresAt } }),
    expiresAt,
    maxUses: 1,
    uses: 0,
    revocation: null,
  };
  return { lease, handle, released: permission.custody === "released" ? minted.credential : undefined };
}

/** Under what the gateway's requests are counted, where they are. */
function quotaScopeOf(
  { quotas }: BrokerContext,
  { decided, authority }: AllowedAction,
): Pick<LeaseRecord, "quotaScope"> {
  const account = quotas.account(decided.connection, authority.resource);
  return account === undefined ? {} : { quotaScope: account.scope };
}

/** The answer to an act. */
export function leaseAnswer(
  context: BrokerContext,
  { decided, authority, permission, approval }: AllowedAction,
  { lease, handle, released }: OpenLease,
): TokenSuccess {
  const residual = decided.adapter.residual(authority);
  return {
    ok: true,
    // The one place where a credential leaves the broker: its grant said so and accepted the residual by name.
    access_token: released === undefined ? handle : released.open((secret) => secret),
    issued_token_type: released === undefined ? TOKEN_TYPE_URIS.handle : TOKEN_TYPE_URIS.accessToken,
    // RFC 8693 section 2.2.1: what is no access token of ours is N_A. Ours is bound to the run's key whenever it is released.
    token_type: released === undefined || decided.adapter.audience !== undefined ? "DPoP" : "N_A",
    expires_in: lease.expiresAt - numericDate(context.clock),
    lease: {
      lease_id: lease.id,
      decision_id: lease.decisionId,
      gateway: context.gateway,
      origins: originsOf(decided.adapter, authority, released),
      max_uses: lease.maxUses,
      residual: released === undefined ? residual : { ...residual, heldBy: "tool" },
      custody: lease.custody,
      ...(lease.job === undefined ? {} : { job_until: lease.job.until }),
      credential: {
        kind: lease.kind,
        fingerprint: lease.fingerprint,
        lease_expires_at: lease.expiresAt,
        ...(lease.nativeExpiresAt === null ? {} : { expires_at: lease.nativeExpiresAt }),
      },
      decision: {
        policy_version: decided.decision.policyVersion,
        approval: approval === undefined ? "none" : "granted",
        evidence: permission.evidence === undefined ? "none" : "pass",
      },
    },
  };
}

/** INVARIANT: a released credential that is no Bearer token goes to no origin as one. */
function originsOf(
  adapter: Adapter,
  authority: Authority,
  released: SealedCredential | undefined,
): readonly string[] {
  if (released !== undefined && adapter.capabilities.releasedAs === "text") return [];
  return adapter.originsOf?.(authority) ?? adapter.origins;
}

/**
 * The lease that an action has already, under a new handle: the answer to its first exchange was lost. The earlier
 * handle dies; nothing is minted or spent again.
 *
 * @throws Refusal `lease_expired` when it is over meanwhile
 */
export async function reopenLease(
  context: BrokerContext,
  decided: DecidedAction,
  leaseId: string,
): Promise<OpenLease> {
  const handle = randomToken(32);
  const { record } = decided.assertion.run;
  const entry: LedgerEntry = {
    kind: "outcome",
    at: context.clock.now(),
    tenant: record.tenant,
    body: {
      lease: leaseId,
      outcome: "handle_replaced",
      agent: splitAgentReference(record.agent).id,
      run: record.id,
    },
  };
  const replaced = await context.store.replaceHandle(leaseId, sha256(handle), entry);
  const lease = await context.store.lease(leaseId);
  if (!replaced || lease === undefined)
    throw new Refusal("lease_expired", { detail: "the action's lease is over", failedFact: "credential" });
  const released =
    lease.custody === "released" && lease.sealed !== null
      ? await context.keys.sealer.open(lease.sealed, leaseContext(lease))
      : undefined;
  return { lease, handle, released, ...(await receiptOf(context, entry)) };
}
