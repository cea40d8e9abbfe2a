import type { Assurance, BudgetClaim, OnceClaim, Principal } from "./decision.ts";
import type { DownstreamOutcome, RevocationOutcome } from "./adapter.ts";
import type { LeaseRecord } from "./lease-record.ts";
import type { OperatorStore } from "./operator-store.ts";
import type { LedgerCheckpoint, LedgerEntry, LedgerReceipt, LedgerRecord } from "./ledger-entry.ts";
import type { ProlongOutcome, Prolongation } from "./prolongation.ts";
import type { QuotaDraw, QuotaGrant } from "./quota.ts";
import type { PublicJwk } from "./signer.ts";
import type { ValueMap } from "./value.ts";

/**
 * Counters whose change makes decisions stale: `policy`, `tenant:acme`, `agent:support`, `system:payments`, `run:run_…`.
 * An absent one is 0. They are read before deciding and compared inside the intent's transaction. A door's is the NumericDate
 * until which it is closed, so that whatever was decided before it closed is stale, too.
 */
export type EpochSubject =
  | "policy"
  | `tenant:${string}`
  | `agent:${string}`
  | `system:${string}`
  | `run:${string}`
  | `door:${string}`;
export type Epochs = Readonly<Partial<Record<EpochSubject, number>>>;

/** A token id that must be spent once. `issuer` is a namespace, so that two issuers' equal ids do not meet. */
export interface UsedToken {
  readonly issuer: string;
  readonly jti: string;
  /** NumericDate until which it is remembered at least. */
  readonly expiresAt: number;
}

/** A run as the broker keeps it. The public key is the only one its assertions are verified with. */
export interface RunRecord {
  readonly id: string;
  readonly root: string;
  readonly tenant: string;
  /** `support@3` */
  readonly agent: string;
  /** Run ids of parent, grandparent … up to the root, the root's first; empty for a root. */
  readonly ancestors: readonly string[];
  /** Agent references along the same way, and this run's own last. */
  readonly chain: readonly string[];
  readonly workload: string;
  readonly thread: string;
  readonly principal: Principal;
  readonly assurance: Assurance;
  readonly publicJwk: PublicJwk;
  /**
   * Keyed hashes of the claims that the user's token carried and approvers are compared by, by claim name. Never the values.
   */
  readonly links?: Readonly<Record<string, string>>;
  readonly startedAt: number;
  /** NumericDate of the run token's end. */
  readonly expiresAt: number;
  /** NumericDate; `null` while it runs. */
  readonly endedAt: number | null;
}

export type ApprovalState = "pending" | "granted" | "denied" | "spent" | "expired" | "withdrawn";

/** Who else may decide, and from when on. */
export interface ApprovalEscalation {
  /** Name of the other declared approvers. */
  readonly approvers: string;
  /** NumericDate. */
  readonly at: number;
}

/** What became due of an approval so far, and what becomes due next. */
export interface ApprovalProgress {
  /** NumericDate of the next thing to do: a notice, an escalation, recording its expiry. */
  readonly dueAt: number;
  /** NumericDate at which the escalation was recorded; `null` before. */
  readonly escalatedAt: number | null;
  /** NumericDate of the next attempt to give notice; `null` when there is none to make. */
  readonly noticeAt: number | null;
  readonly noticeAttempts: number;
}

/** A person's yes or no to one action with all its context. */
export interface ApprovalRecord {
  readonly id: string;
  readonly tenant: string;
  readonly thread: string;
  readonly agent: string;
  readonly txn: string;
  readonly actionDigest: string;
  readonly grant: string;
  /** SHA-256 over everything the approval is for, but its expiry: who asks again for the same gets what is there. */
  readonly request: string;
  /** SHA-256 over everything the approval is for; recomputed at the act that spends it. */
  readonly binding: string;
  /** The run that asked first. */
  readonly run: string;
  /** Name of the declared approvers. */
  readonly approvers: string;
  readonly escalation: ApprovalEscalation | null;
  readonly requester: Principal;
  /** {@link RunRecord.links} of the run that asked. */
  readonly requesterLinks: Readonly<Record<string, string>>;
  /** Exactly what the approver was shown. */
  readonly shownText: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly state: ApprovalState;
  /** `issuer subject` of who decided; `null` while nobody has. */
  readonly decidedBy: string | null;
  readonly progress: ApprovalProgress;
}

/** One step in an approval's life that no approver makes. */
export interface ApprovalStep {
  readonly id: string;
  /** As it was read: another state or another due time means that somebody else was faster. */
  readonly from: { readonly state: ApprovalState; readonly dueAt: number };
  readonly to: { readonly state: ApprovalState; readonly progress: ApprovalProgress };
  /** Left out for a step that is no news, such as an attempt under way. */
  readonly entry?: LedgerEntry;
}

/** Step 3 of the durable order: everything that one allowed action spends, and its record, in one transaction. */
export interface Intent {
  readonly decisionId: string;
  readonly leaseId: string;
  readonly tenant: string;
  readonly system: string;
  readonly run: string;
  readonly root: string;
  readonly txn: string;
  readonly actionDigest: string;
  readonly token: UsedToken;
  readonly approvalId: string | undefined;
  readonly budgets: readonly BudgetClaim[];
  readonly once: OnceClaim | undefined;
  /** Epochs that the decision used; any newer one aborts. */
  readonly epochs: Epochs;
  /** Store generation that the run token named. */
  readonly generation: string;
  /** NumericDate, the broker's clock. */
  readonly now: number;
  /** NumericDate by which an intent without an outcome is an orphan. */
  readonly deadline: number;
  readonly entry: LedgerEntry;
}

/**
 * How the intent's transaction ended. `recorded`: everything spent, mint may follow. `repeated`: this very action has a
 * living lease already (a lost answer); only the jti was spent. Every other outcome spent nothing but the jti and
 * recorded nothing; the caller records the refusal.
 */
export type IntentOutcome =
  | { readonly outcome: "recorded" }
  | { readonly outcome: "repeated"; readonly leaseId: string }
  | {
      readonly outcome:
        | "token_replayed"
        | "approval_spent"
        | "approval_expired"
        | "approval_pending"
        | "approval_denied"
        | "approval_withdrawn"
        | "budget_exceeded"
        | "already_done"
        | "effect_pending"
        | "outcome_unknown"
        | "state_changed"
        | "run_ended";
    };

/** An intent whose process died before an outcome. */
export interface OpenIntent {
  readonly decisionId: string;
  readonly leaseId: string;
  readonly tenant: string;
  readonly system: string;
  readonly run: string;
  readonly now: number;
}

/** What follows from {@link Store.recordIntent}: a mint happened, or definitely did not. */
export type MintRecord =
  | { readonly minted: true; readonly lease: LeaseRecord; readonly entry: LedgerEntry }
  /** `reopen`: a definite non-mint; approval, budget and once go back, and the same txn may try again. */
  | {
      readonly minted: false;
      readonly decisionId: string;
      readonly reopen: boolean;
      readonly entry: LedgerEntry;
    };

/** One request with a lease, recorded before it leaves. */
export interface UseClaim {
  readonly useId: string;
  readonly leaseId: string;
  readonly requestDigest: string;
  readonly proof: UsedToken;
  readonly now: number;
  readonly entry: LedgerEntry;
}

export type UseOutcome =
  | "claimed"
  | "lease_used"
  | "lease_expired"
  | "lease_unknown"
  | "run_ended"
  | "frozen"
  | "token_replayed";

export interface Settlement {
  readonly useId: string;
  readonly leaseId: string;
  readonly outcome: DownstreamOutcome;
  readonly now: number;
  readonly entry: LedgerEntry;
}

export type StartOutcome = "started" | "token_replayed" | "run_ended" | "frozen";

/** A tenant's connection as stored: the secret encrypted. */
export interface ConnectionRecord {
  readonly tenant: string;
  readonly system: string;
  readonly account: string;
  readonly settings: ValueMap;
  readonly sealed: Uint8Array;
  /** Short digest of the secret, to tell two apart by. */
  readonly fingerprint: string;
  /** 1 for the first secret, one more with every change: whoever changes the connection says which one they saw. */
  readonly revision: number;
  /** The secret before this one, for what was minted with it, until its time; `null` when there is none any more. */
  readonly earlier: {
    readonly sealed: Uint8Array;
    readonly fingerprint: string;
    /** NumericDate. */
    readonly until: number;
  } | null;
}

/**
 * How a connection's change went. `stale`: somebody else was faster, and nothing changed. `account_taken`: another tenant is
 * connected with that account of the system; one account is never two tenants'.
 */
export type ConnectionOutcome = "put" | "stale" | "account_taken";

/** A secret that took its predecessor's place by its own use; nothing else of the connection changes. */
export interface RenewedSecret extends Pick<
  ConnectionRecord,
  "tenant" | "system" | "revision" | "sealed" | "fingerprint"
> {
  /** Fingerprint, as stored, of the one that it replaces. */
  readonly replaces: string;
}

/** That a policy became the active one. */
export interface PolicyActivation {
  readonly epoch: number;
  readonly version: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What can be stopped as a whole. */
export type FrozenSubject = `tenant:${string}` | `agent:${string}` | `system:${string}`;

/** What a declared source said about one commit, signed or with CI's own token, as it was verified when it arrived. */
export interface EvidenceRecord {
  /** Name of the declared source. */
  readonly source: string;
  readonly commit: string;
  readonly state: "pass" | "fail" | "pending";
  /** SHA-256 of what was said, and in which run: the same statement again is the same record, with its first time. */
  readonly digest: string;
  /** NumericDate at which it first arrived; statements of this kind carry no time of their own. */
  readonly receivedAt: number;
  readonly detail: string;
}

/**
 * Where everything durable lives. Every method that records is one durable transaction: when its promise resolves, the
 * change survives a crash; when it rejects, nothing of it happened, or a later read tells. Transactions from concurrent
 * calls are committed in groups. Executable form: `describeStore()` in `@watchword/conformance`.
 */
export interface Store extends OperatorStore, AsyncDisposable {
  /** This opening of the store; the ledger has one chain per replica. */
  readonly replica: string;
  /** Random; another one after a restore from a backup. */
  readonly generation: string;

  epochs(subjects: readonly EpochSubject[]): Promise<Epochs>;
  /** Raises an epoch: freeze, kill, policy change. */
  advanceEpoch(subject: EpochSubject, entry: LedgerEntry): Promise<void>;

  /**
   * Starts a run. One with ancestors starts only while each of them lives, looked at in the same transaction; so does
   * none whose tenant or one of whose agents is frozen.
   */
  startRun(run: RunRecord, tokens: readonly UsedToken[], entry: LedgerEntry): Promise<StartOutcome>;
  /** Lets a living run without ancestors last until `expiresAt`. */
  renewRun(
    id: string,
    expiresAt: number,
    tokens: readonly UsedToken[],
    entry: LedgerEntry,
  ): Promise<StartOutcome>;
  run(id: string): Promise<RunRecord | undefined>;
  /**
   * Ends the run with all its descendants, raises the epoch of each, and makes their leases due; `false` when it had ended
   * or was never there.
   */
  endRun(id: string, now: number, entry: LedgerEntry): Promise<boolean>;

  /**
   * Freezes or thaws. Freezing raises the subject's epoch; of a tenant or an agent it ends every living run with its
   * descendants, of a system it makes every lease due. `false` when nothing changed.
   */
  freeze(subject: FrozenSubject, frozen: boolean, now: number, entry: LedgerEntry): Promise<boolean>;
  /** Those of `subjects` that are frozen. */
  frozen(subjects: readonly FrozenSubject[]): Promise<readonly FrozenSubject[]>;

  /**
   * Keeps a verified statement. `false` when this very statement is there already; its first time stays. `token`, with
   * which CI brought it, is spent in the same transaction; one that was spent before keeps and records nothing.
   */
  putEvidence(
    evidence: EvidenceRecord,
    entry: LedgerEntry,
    token?: UsedToken,
  ): Promise<boolean | "token_replayed">;
  /** The statement of a source about a commit that arrived last. */
  evidence(source: string, commit: string): Promise<EvidenceRecord | undefined>;

  /**
   * Draws units of a counter for a part of its window, in one transaction: never more than `limit` in any window over all
   * replicas. With a tenant, no more than three times what is then left for everybody else; who has none gets the least while
   * there is any.
   */
  drawQuota(draw: QuotaDraw): Promise<QuotaGrant>;
  /** Closes a door until a NumericDate; `false`, with nothing changed or recorded, when it is closed for as long already. */
  closeDoor(door: `door:${string}`, until: number, entry: LedgerEntry): Promise<boolean>;

  /** Spends a token id that belongs to no other change; `false` when it was spent before. */
  spendToken(token: UsedToken, now: number): Promise<boolean>;
  /** Records a refusal and spends the assertion's jti with it. A replayed jti is still recorded, as what it is. */
  recordRefusal(entry: LedgerEntry, token: UsedToken | undefined): Promise<"recorded" | "token_replayed">;

  /**
   * Records that an approval is wanted. While one of the same request is pending or granted, that one is given, and nothing
   * is spent or recorded, unless `approval` is that very one: so the record names the approval that is there.
   */
  requestApproval(
    approval: ApprovalRecord,
    token: UsedToken,
    entry: LedgerEntry,
  ): Promise<ApprovalRecord | "token_replayed">;
  approval(id: string): Promise<ApprovalRecord | undefined>;
  pendingApprovals(tenant: string, now: number): Promise<readonly ApprovalRecord[]>;
  /** Pending approvals of every tenant, those that expire first come first. */
  pendingEverywhere(now: number, limit: number): Promise<readonly ApprovalRecord[]>;
  /** Pending and granted approvals of which something is due. */
  approvalsDue(now: number, limit: number): Promise<readonly ApprovalRecord[]>;
  /** Makes a step; `false`, with nothing changed or recorded, when the approval is not as it was read. */
  advanceApproval(step: ApprovalStep): Promise<boolean>;
  /** Takes back a pending or granted approval before its expiry; `false` otherwise. */
  withdrawApproval(id: string, now: number, entry: LedgerEntry): Promise<boolean>;
  /** Only a pending approval before its expiry can be decided; `false` otherwise. */
  decideApproval(
    id: string,
    state: "granted" | "denied",
    decidedBy: string,
    now: number,
    entry: LedgerEntry,
  ): Promise<boolean>;

  recordIntent(intent: Intent): Promise<IntentOutcome>;
  recordMint(mint: MintRecord): Promise<void>;
  /** Intents past their deadline without an outcome. */
  openIntents(now: number, limit: number): Promise<readonly OpenIntent[]>;
  /** Closes an orphaned intent: what it spent stays spent. */
  closeOrphan(decisionId: string, entry: LedgerEntry): Promise<void>;

  lease(id: string): Promise<LeaseRecord | undefined>;
  leaseByHandle(handleHash: string): Promise<LeaseRecord | undefined>;
  /** Gives a living lease another handle (lost answer); the earlier handle is dead from then on. */
  replaceHandle(leaseId: string, handleHash: string, entry: LedgerEntry): Promise<boolean>;
  /**
   * Moves the end of a living lease, in one transaction that also checks that it is this action's, that nobody ended it before its
   * time, that its one use is not settled, and that runs and epochs are as they were. Never brings an end forward, nor beyond the
   * lease's own `job.until`.
   */
  prolongLease(prolongation: Prolongation): Promise<ProlongOutcome>;
  /**
   * Spends one use of the lease and the proof's jti, in one transaction that also checks that lease and run are alive.
   * `entry` is recorded only when claimed.
   */
  claimUse(claim: UseClaim): Promise<UseOutcome>;
  /** Records what a request did. `none` frees the effect and gives its budget back; `done` and `unknown` keep them. */
  settle(settlement: Settlement): Promise<void>;
  /** Active leases past their end, or of ended runs; those that wait longest come first. */
  leasesDue(now: number, limit: number): Promise<readonly LeaseRecord[]>;
  /** Puts a due lease whose end failed behind all that are due before `dueAt`. It stays as dead as it is. */
  postponeLease(leaseId: string, dueAt: number): Promise<void>;
  /** Ends a lease and erases its credential. An unused one frees effect and budget: nothing can have happened. */
  endLease(leaseId: string, outcome: RevocationOutcome, now: number, entry: LedgerEntry): Promise<void>;

  putTenant(tenant: string, entry: LedgerEntry): Promise<void>;
  /**
   * Inserts a connection of revision 1, or replaces the one whose revision is one less; raises the tenant's epoch. Accounts are
   * compared byte for byte. Anything but `put` changes and records nothing. `alsoAccounts`: what the connection opens besides its
   * account, taken by it and by nobody else until it is put without. `sharedAccount`: of a system whose adapter tells
   * tenants apart within one account.
   */
  putConnection(
    connection: ConnectionRecord,
    entry: LedgerEntry,
    options?: { readonly sharedAccount?: boolean; readonly alsoAccounts?: readonly string[] },
  ): Promise<ConnectionOutcome>;
  /**
   * Replaces a connection's secret by the one that came of its own use: of this revision, and while the one that it replaces is
   * there. No epoch is raised, since whose account it is and what it may do stay as they were. `false`, with nothing changed or
   * recorded, when somebody else was faster.
   */
  renewSecret(renewed: RenewedSecret, entry: LedgerEntry): Promise<boolean>;
  /** Erases the earlier secrets whose time is over; gives how many, and records nothing for none. */
  forgetEarlierSecrets(now: number, entry: LedgerEntry): Promise<number>;
  connections(tenant: string): Promise<readonly ConnectionRecord[] | undefined>;

  /** Keeps a policy's document without making it active; `false` when it is there already. */
  putPolicy(version: string, document: string, entry: LedgerEntry): Promise<boolean>;
  /** Makes a policy the active one if it is not yet, raising the policy epoch; gives the epoch in force. */
  activatePolicy(version: string, policy: string, entry: LedgerEntry): Promise<number>;
  /** The document of a policy that was put or active once. */
  policy(version: string): Promise<string | undefined>;
  /** `undefined` before the first activation. */
  activePolicy(): Promise<
    { readonly version: string; readonly epoch: number; readonly document: string } | undefined
  >;
  /** Activations, newest first. */
  policyHistory(limit: number): Promise<readonly PolicyActivation[]>;

  /**
   * Where an entry stands that this opening recorded. Known of the very value that was handed in, as long as somebody
   * keeps it; `undefined` when it was not recorded.
   */
  receiptOf(entry: LedgerEntry): Promise<LedgerReceipt | undefined>;
  /** Records in order, per replica; for verification and export. */
  ledger(options?: {
    readonly replica?: string;
    readonly after?: number;
    readonly limit?: number;
  }): Promise<readonly LedgerRecord[]>;
  /** What is kept beside the chain, or `undefined` once erased. */
  personal(
    replica: string,
    sequence: number,
  ): Promise<{ readonly salt: string; readonly value: ValueMap } | undefined>;
  ledgerHeads(): Promise<
    readonly { readonly replica: string; readonly sequence: number; readonly hash: string }[]
  >;
  putCheckpoint(checkpoint: LedgerCheckpoint): Promise<void>;
  checkpoints(): Promise<readonly LedgerCheckpoint[]>;
}
