import {
  type ApprovalRecord,
  type Intent,
  type IntentOutcome,
  type LeaseRecord,
  type LedgerEntry,
  type LedgerKind,
  type Principal,
  type ProlongOutcome,
  type Prolongation,
  type PublicJwk,
  type RunRecord,
  type Store,
  type UseOutcome,
  type UsedToken,
  newId,
  randomToken,
  sha256,
} from "@watchword/core";

/** NumericDate at which every scenario plays. */
export const NOW = 1_800_000_000;

const JWK: PublicJwk = { kty: "EC", crv: "P-256", x: "A".repeat(43), y: "B".repeat(43) };
const PRINCIPAL: Principal = { kind: "user", issuer: "https://login.example", subject: "u-1" };

/** What a test changes of an intent. */
export interface IntentChange {
  readonly tenant?: string;
  readonly txn?: string;
  readonly actionDigest?: string;
  readonly token?: UsedToken;
  readonly approvalId?: string;
  readonly budgets?: Intent["budgets"];
  readonly once?: Intent["once"];
  readonly epochs?: Intent["epochs"];
  readonly generation?: string;
  readonly now?: number;
}

/** A lease with the handle's hash it was made with. */
export interface MintedLease {
  readonly intent: Intent;
  readonly lease: LeaseRecord;
}

/** A ledger entry whose decision nobody shares. */
export function entryOf(kind: LedgerKind, tenant: string | null = "acme"): LedgerEntry {
  return { kind, at: NOW * 1_000, tenant, decisionId: newId("dec", NOW * 1_000), body: { outcome: kind } };
}

/** A token id that was never used. */
export function freshToken(issuer = "urn:test:runtime"): UsedToken {
  return { issuer, jti: randomToken(16), expiresAt: NOW + 120 };
}

/** A store and the steps of one tool call with sensible values, so that a test says only what it is about. */
export class StoreScenario {
  readonly store: Store;

  constructor(store: Store) {
    this.store = store;
  }

  async startRun(change: Partial<RunRecord> = {}): Promise<RunRecord> {
    const id = newId("run", NOW * 1_000);
    const run: RunRecord = {
      id,
      root: id,
      ancestors: [],
      tenant: "acme",
      agent: "support@3",
      chain: [change.agent ?? "support@3"],
      workload: "support-runtime",
      thread: "thread-1",
      principal: PRINCIPAL,
      assurance: "verified",
      publicJwk: JWK,
      startedAt: NOW,
      expiresAt: NOW + 600,
      endedAt: null,
      ...change,
    };
    await this.store.startRun(run, [freshToken()], entryOf("run_started", run.tenant));
    return run;
  }

  /** A run that descends from another; it may turn out that it could not be started. */
  childOf(parent: RunRecord, agent = "reader@1"): RunRecord {
    return {
      ...parent,
      id: newId("run", NOW * 1_000),
      agent,
      ancestors: [...parent.ancestors, parent.id],
      chain: [...parent.chain, agent],
    };
  }

  async startChild(parent: RunRecord, agent?: string): Promise<RunRecord> {
    const child = this.childOf(parent, agent);
    const outcome = await this.store.startRun(child, [freshToken()], entryOf("run_started", child.tenant));
    if (outcome !== "started") throw new Error(`the child was not started: ${outcome}`);
    return child;
  }

  intentOf(run: RunRecord, change: IntentChange = {}): Intent {
    const txn = change.txn ?? randomToken(16);
    const tenant = change.tenant ?? run.tenant;
    return {
      decisionId: newId("dec", NOW * 1_000),
      leaseId: newId("lease", NOW * 1_000),
      tenant,
      system: "payments",
      run: run.id,
      root: run.root,
      txn,
      actionDigest: change.actionDigest ?? sha256(txn),
      token: change.token ?? freshToken(),
      approvalId: change.approvalId,
      budgets: change.budgets ?? [],
      once: change.once,
      epochs: change.epochs ?? {},
      generation: change.generation ?? this.store.generation,
      now: change.now ?? NOW,
      deadline: (change.now ?? NOW) + 60,
      entry: entryOf("intent", tenant),
    };
  }

  /** Records an intent and gives how it ended. */
  async spend(run: RunRecord, change: IntentChange = {}): Promise<IntentOutcome["outcome"]> {
    return (await this.store.recordIntent(this.intentOf(run, change))).outcome;
  }

  /** Records an intent that must pass, and the lease that its mint gave. */
  async mint(
    run: RunRecord,
    change: IntentChange = {},
    lease: Partial<LeaseRecord> = {},
  ): Promise<MintedLease> {
    const intent = this.intentOf(run, change);
    const outcome = await this.store.recordIntent(intent);
    if (outcome.outcome !== "recorded") throw new Error(`the intent was not recorded: ${outcome.outcome}`);
    const record = { ...leaseOf(intent, run), ...lease };
    await this.store.recordMint({
      minted: true,
      lease: record,
      entry: entryOf("outcome", intent.tenant),
    });
    return { intent, lease: record };
  }

  /** Records that a mint gave nothing: for certain (`reopen`) or as far as anybody knows. */
  async failMint(intent: Intent, reopen: boolean): Promise<void> {
    await this.store.recordMint({
      minted: false,
      decisionId: intent.decisionId,
      reopen,
      entry: entryOf("outcome", intent.tenant),
    });
  }

  claim(
    { lease }: MintedLease,
    change: { useId?: string; proof?: UsedToken; now?: number } = {},
  ): Promise<UseOutcome> {
    return this.store.claimUse({
      useId: change.useId ?? newId("use", NOW * 1_000),
      leaseId: lease.id,
      requestDigest: sha256("POST /v1/refunds"),
      proof: change.proof ?? freshToken("urn:test:proof"),
      now: change.now ?? NOW,
      entry: entryOf("use", lease.tenant),
    });
  }

  /** Asks for the lease to last until a later end, by default a minute more. */
  prolong({ intent, lease }: MintedLease, change: Partial<Prolongation> = {}): Promise<ProlongOutcome> {
    return this.store.prolongLease({
      leaseId: lease.id,
      tenant: intent.tenant,
      run: intent.run,
      root: intent.root,
      txn: intent.txn,
      actionDigest: intent.actionDigest,
      approvalId: intent.approvalId,
      token: freshToken(),
      epochs: {},
      generation: this.store.generation,
      now: NOW,
      until: lease.expiresAt + 60,
      entry: entryOf("outcome", intent.tenant),
      ...change,
    });
  }

  /** Claims the use and records what the request did. */
  async useOnce(minted: MintedLease, effect: "done" | "none" | "unknown"): Promise<void> {
    const useId = newId("use", NOW * 1_000);
    const outcome = await this.claim(minted, { useId });
    if (outcome !== "claimed") throw new Error(`the use was not claimed: ${outcome}`);
    await this.store.settle({
      useId,
      leaseId: minted.lease.id,
      outcome: { effect, ids: {}, status: 200 },
      now: NOW,
      entry: entryOf("use_outcome", minted.lease.tenant),
    });
  }

  approvalOf(run: RunRecord, change: Partial<ApprovalRecord> = {}): ApprovalRecord {
    const txn = randomToken(16);
    return {
      id: newId("apr", NOW * 1_000),
      tenant: run.tenant,
      thread: run.thread,
      agent: run.agent,
      txn,
      actionDigest: sha256(txn),
      grant: "refund",
      request: sha256(`request ${txn}`),
      binding: sha256(`binding ${txn}`),
      run: run.id,
      approvers: "leads",
      escalation: null,
      requester: run.principal,
      requesterLinks: {},
      shownText: "Refund 60.00 USD of charge ch_1",
      createdAt: NOW,
      expiresAt: NOW + 1_800,
      state: "pending",
      decidedBy: null,
      progress: { dueAt: NOW + 1_800, escalatedAt: null, noticeAt: null, noticeAttempts: 0 },
      ...change,
    };
  }

  /** An approval that a person has granted. */
  async granted(run: RunRecord, change: Partial<ApprovalRecord> = {}): Promise<ApprovalRecord> {
    const approval = this.approvalOf(run, change);
    await this.store.requestApproval(approval, freshToken(), entryOf("decision", approval.tenant));
    const entry = entryOf("approval", approval.tenant);
    if (
      !(await this.store.decideApproval(approval.id, "granted", "https://login.example lead-1", NOW, entry))
    )
      throw new Error("the approval could not be granted");
    return approval;
  }

  /** The intent's part that says which approval it spends. */
  spendingOf(approval: ApprovalRecord): IntentChange {
    return { approvalId: approval.id, txn: approval.txn, actionDigest: approval.actionDigest };
  }

  /** Every record of every replica, in order. */
  async kinds(): Promise<LedgerKind[]> {
    const kinds: LedgerKind[] = [];
    for (const { replica } of await this.store.ledgerHeads())
      kinds.push(...(await this.store.ledger({ replica, limit: 10_000 })).map(({ kind }) => kind));
    return kinds;
  }
}

function leaseOf(intent: Intent, run: RunRecord): LeaseRecord {
  return {
    id: intent.leaseId,
    decisionId: intent.decisionId,
    tenant: intent.tenant,
    system: intent.system,
    adapter: "stripe",
    run: run.id,
    root: run.root,
    thread: run.thread,
    custody: "gateway",
    txn: intent.txn,
    actionDigest: intent.actionDigest,
    authority: "{}",
    thumbprint: sha256(run.id),
    handleHash: sha256(randomToken(32)),
    sealed: new Uint8Array([1, 2, 3]),
    kind: "restricted_key",
    fingerprint: sha256("credential"),
    idempotencyKey: sha256(intent.txn),
    nativeExpiresAt: null,
    expiresAt: intent.now + 60,
    maxUses: 1,
    uses: 0,
    revocation: null,
  };
}
