import {
  type Authority,
  type DownstreamOutcome,
  type GatewayRequest,
  type LeaseDirectory,
  type LeaseRecord,
  type LedgerEntry,
  type OpenedLease,
  Refusal,
  type UsedToken,
  type ValueMap,
  type VerifiedProof,
  digestOf,
  newId,
  numericDate,
  sha256,
} from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { graceOf } from "./lease-end.ts";
import type { QuotaAccount } from "./quotas/quotas.ts";
import { leaseContext } from "./open-lease.ts";

/** The broker's side of the gateway's port: handles, uses and outcomes over the store. */
export function brokerLeaseDirectory(context: BrokerContext): LeaseDirectory {
  return Object.freeze({
    open: (handle: string, proof: VerifiedProof) => open(context, handle, proof),
    claimUse: (lease: OpenedLease, request: GatewayRequest, proof: VerifiedProof) =>
      claimUse(context, lease, request, proof),
    refuse: (lease: OpenedLease, reason: "request_mismatch" | "target_refused", detail: string) =>
      refuse(context, lease, reason, detail),
    settle: (lease: OpenedLease, useId: string, outcome: DownstreamOutcome) =>
      settle(context, lease, useId, outcome),
    standing: (lease: OpenedLease) => standing(context, lease),
  });
}

async function open(context: BrokerContext, handle: string, proof: VerifiedProof): Promise<OpenedLease> {
  const lease = await context.store.leaseByHandle(sha256(handle));
  if (lease === undefined) {
    const unknown = new Refusal("lease_unknown", { failedFact: "credential" });
    context.counted.note(unknown);
    throw unknown;
  }
  const problem = await problemOf(context, lease, proof);
  if (problem !== undefined) {
    await context.store.recordRefusal(
      entry(context, lease, "use", { outcome: "refused", reason: problem.reason }),
      undefined,
    );
    throw problem;
  }
  if (lease.sealed === null) throw new Refusal("lease_expired", { failedFact: "credential" });
  return {
    leaseId: lease.id,
    tenant: lease.tenant,
    system: lease.system,
    authority: JSON.parse(lease.authority) as Authority,
    stamp: { decisionId: lease.decisionId, idempotencyKey: lease.idempotencyKey },
    credential: await context.keys.sealer.open(lease.sealed, leaseContext(lease)),
    endsAt: lease.expiresAt,
    ...(graceOf(lease) === 0 ? {} : { graceSeconds: graceOf(lease) }),
  };
}

/** Until when an answer under way may go on. The end of a run, or of the lease by an operator, gives no time beyond it. */
async function standing({ store }: BrokerContext, { leaseId, tenant }: OpenedLease): Promise<number> {
  const lease = await store.lease(leaseId);
  if (lease === undefined || lease.tenant !== tenant) return 0;
  const [base, ...runs] = await Promise.all([
    lease.base === undefined ? lease : store.lease(lease.base),
    store.run(lease.run),
    store.run(lease.root),
  ]);
  const over =
    base === undefined ||
    [lease, base].some(
      (held) => held.revocation !== null || (held.grace !== undefined && graceOf(held) === 0),
    );
  if (over || runs.some((run) => run === undefined || run.endedAt !== null)) return 0;
  return Math.min(lease.expiresAt, base.expiresAt);
}

/** Why a known lease does not open. The claim of its use looks at the same facts again, in its transaction. */
async function problemOf(
  context: BrokerContext,
  lease: LeaseRecord,
  proof: VerifiedProof,
): Promise<Refusal | undefined> {
  const refusal = (
    reason: "proof_invalid" | "lease_expired" | "lease_used" | "run_ended",
    detail: string,
  ): Refusal => new Refusal(reason, { detail, failedFact: "credential", decisionId: lease.decisionId });
  // INVARIANT: the proof's key is the run's key. A handle without it opens nothing.
  if (proof.thumbprint !== lease.thumbprint)
    return refusal("proof_invalid", "the proof was made with another key");
  const runs = await Promise.all([context.store.run(lease.run), context.store.run(lease.root)]);
  if (runs.some((run) => run === undefined || run.endedAt !== null))
    return refusal("run_ended", "the run of this lease has ended");
  if (lease.uses >= lease.maxUses) return refusal("lease_used", "no use is left");
  const base = lease.base === undefined ? undefined : await context.store.lease(lease.base);
  const over = (held: LeaseRecord | undefined): boolean =>
    held === undefined || held.revocation !== null || held.expiresAt <= numericDate(context.clock);
  if (over(lease) || (lease.base !== undefined && over(base)))
    return refusal("lease_expired", "the lease is over");
  return undefined;
}

async function claimUse(
  context: BrokerContext,
  lease: OpenedLease,
  request: GatewayRequest,
  proof: VerifiedProof,
): Promise<string> {
  const access = request.method === "GET" || request.method === "HEAD" ? "read" : "write";
  await drawFor(context, lease, access);
  const useId = newId("use", context.clock.now());
  const requestDigest = digestOf({
    method: request.method,
    path: request.path,
    query: request.query.map((pair) => [...pair]),
    body: sha256(request.body),
  });
  const token: UsedToken = {
    issuer: `proof:${proof.thumbprint}`,
    jti: proof.jti,
    expiresAt: proof.expiresAt,
  };
  const outcome = await context.store.claimUse({
    useId,
    leaseId: lease.leaseId,
    requestDigest,
    proof: token,
    now: numericDate(context.clock),
    entry: openedEntry(context, lease, "use", {
      outcome: "claimed",
      use: useId,
      request_digest: requestDigest,
    }),
  });
  if (outcome === "claimed") return useId;
  await context.store.recordRefusal(
    openedEntry(context, lease, "use", { outcome: "refused", reason: outcome }),
    undefined,
  );
  throw new Refusal(outcome, { failedFact: "credential", decisionId: lease.stamp.decisionId });
}

async function refuse(
  context: BrokerContext,
  lease: OpenedLease,
  reason: "request_mismatch" | "target_refused",
  detail: string,
): Promise<void> {
  await context.store.recordRefusal(
    { ...openedEntry(context, lease, "use", { outcome: "refused", reason }), personal: { detail } },
    undefined,
  );
}

/**
 * Counts the request that is about to leave, where its system is limited. INVARIANT: before its use is claimed, so that a request that
 * may not leave spends nothing.
 */
async function drawFor(context: BrokerContext, lease: OpenedLease, access: "read" | "write"): Promise<void> {
  try {
    const account = await accountOf(context, lease);
    if (account === undefined) return;
    await context.quotas.look(account);
    await context.quotas.draw(account, access, "tool");
  } catch (error) {
    const refusal = Refusal.from(error, "ledger_unavailable").withDecision(lease.stamp.decisionId);
    await context.store.recordRefusal(
      openedEntry(context, lease, "use", { outcome: "refused", reason: refusal.reason }),
      undefined,
    );
    throw refusal;
  }
}

/** What a lease's requests are counted under. A gateway in a process of its own names the lease, and the store knows the rest. */
async function accountOf(
  context: BrokerContext,
  { leaseId, system, tenant }: OpenedLease,
): Promise<QuotaAccount | undefined> {
  if (context.quotas.accountOf(system, tenant, undefined) === undefined) return undefined;
  const record = await context.store.lease(leaseId);
  return context.quotas.accountOf(record?.system ?? system, record?.tenant ?? tenant, record?.quotaScope);
}

async function settle(
  context: BrokerContext,
  lease: OpenedLease,
  useId: string,
  outcome: DownstreamOutcome,
): Promise<void> {
  if (outcome.retryAfterSeconds !== undefined) {
    const account = await accountOf(context, lease);
    if (account !== undefined) await context.quotas.close(account, outcome.retryAfterSeconds);
  }
  await context.store.settle({
    useId,
    leaseId: lease.leaseId,
    outcome,
    now: numericDate(context.clock),
    entry: openedEntry(context, lease, "use_outcome", {
      use: useId,
      effect: outcome.effect,
      status: outcome.status,
      ids: outcome.ids,
      ...(outcome.cut === undefined ? {} : { cut: outcome.cut }),
    }),
  });
}

function openedEntry(
  context: BrokerContext,
  lease: OpenedLease,
  kind: LedgerEntry["kind"],
  body: ValueMap,
): LedgerEntry {
  return entry(
    context,
    { tenant: lease.tenant, system: lease.system, id: lease.leaseId, decisionId: lease.stamp.decisionId },
    kind,
    body,
  );
}

function entry(
  context: BrokerContext,
  lease: Pick<LeaseRecord, "tenant" | "system" | "id" | "decisionId">,
  kind: LedgerEntry["kind"],
  body: ValueMap,
): LedgerEntry {
  return {
    kind,
    at: context.clock.now(),
    tenant: lease.tenant,
    decisionId: lease.decisionId,
    body: { lease: lease.id, system: lease.system, ...body },
  };
}
