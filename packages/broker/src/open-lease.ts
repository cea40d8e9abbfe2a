import {
  type LeaseRecord,
  type Minted,
  Refusal,
  TOKEN_TYPE_URIS,
  type TokenSuccess,
  canonicalJson,
  digestOf,
  numericDate,
  randomToken,
  sha256,
  splitAgentReference,
} from "@watchword/core";
import type { AllowedAction } from "./allowed-action.ts";
import type { BrokerContext } from "./broker-context.ts";
import type { DecidedAction } from "./decide-action.ts";

/** Context under which a lease's credential is sealed. */
export const leaseContext = (lease: { tenant: string; id: string; adapter: string }): string =>
  JSON.stringify(["lease", lease.tenant, lease.id, lease.adapter]);

/** A recorded lease with the handle that is shown once, to the runtime. */
export interface OpenLease {
  readonly lease: LeaseRecord;
  readonly handle: string;
}

/**
 * Seals the credential into a lease record and makes its handle. The lease ends with the earliest of grant, approval,
 * run and the credential itself; an assertion's own expiry only bounds when a mint may start.
 */
export async function makeLease(
  context: BrokerContext,
  allowed: AllowedAction,
  minted: Minted,
): Promise<OpenLease> {
  const { permission, approval, authority } = allowed;
  const { assertion, adapter } = allowed.decided;
  const { record, claims } = assertion.run;
  const now = numericDate(context.clock);
  const handle = randomToken(32);
  const identity = { tenant: record.tenant, id: allowed.leaseId, adapter: adapter.name };
  const lease: LeaseRecord = {
    ...identity,
    decisionId: allowed.decisionId,
    system: authority.system,
    run: record.id,
    root: record.root,
    thread: record.thread,
    txn: assertion.action.txn,
    actionDigest: assertion.actionDigest,
    authority: canonicalJson(authority),
    thumbprint: claims.cnf.jkt,
    handleHash: sha256(handle),
    sealed: await context.keys.sealer.seal(minted.credential, leaseContext(identity)),
    kind: minted.kind,
    fingerprint: minted.credential.fingerprint,
    // H(tenant, thread, effect): the decision's id is not in it, so a second decision about the same effect repeats the key.
    idempotencyKey: digestOf([record.tenant, record.thread, permission.once?.key ?? assertion.action.txn]),
    nativeExpiresAt: minted.nativeExpiresAt,
    expiresAt: Math.min(
      now + permission.leaseSeconds,
      claims.exp,
      approval?.expiresAt ?? Infinity,
      minted.nativeExpiresAt ?? Infinity,
    ),
    maxUses: 1,
    uses: 0,
    revocation: null,
  };
  return { lease, handle };
}

/** The answer to an act. */
export function leaseAnswer(
  context: BrokerContext,
  { decided, authority }: AllowedAction,
  { lease, handle }: OpenLease,
): TokenSuccess {
  return {
    ok: true,
    access_token: handle,
    issued_token_type: TOKEN_TYPE_URIS.handle,
    token_type: "DPoP",
    expires_in: lease.expiresAt - numericDate(context.clock),
    lease: {
      lease_id: lease.id,
      decision_id: lease.decisionId,
      gateway: context.gateway,
      origins: decided.adapter.origins,
      max_uses: lease.maxUses,
      residual: decided.adapter.residual(authority),
    },
  };
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
  const replaced = await context.store.replaceHandle(leaseId, sha256(handle), {
    kind: "outcome",
    at: context.clock.now(),
    tenant: record.tenant,
    body: {
      lease: leaseId,
      outcome: "handle_replaced",
      agent: splitAgentReference(record.agent).id,
      run: record.id,
    },
  });
  const lease = await context.store.lease(leaseId);
  if (!replaced || lease === undefined)
    throw new Refusal("lease_expired", { detail: "the action's lease is over", failedFact: "credential" });
  return { lease, handle };
}
