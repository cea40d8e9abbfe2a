import type {
  ApprovalProgress,
  ApprovalRecord,
  ApprovalStep,
  ConnectionOutcome,
  EpochSubject,
  EvidenceRecord,
  FrozenSubject,
  Intent,
  LeaseRecord,
  ProlongOutcome,
  Prolongation,
  QuotaDraw,
  QuotaGrant,
  RenewedSecret,
  RunRecord,
  StartOutcome,
  UseOutcome,
  UsedToken,
} from "@watchword/core";
import type { PreparedEntry } from "../ledger/record-hash.ts";

/** A run without what is a column of its own. */
export type StoredRun = Omit<RunRecord, "endedAt">;
export type StoredLease = Omit<LeaseRecord, "sealed" | "handleHash" | "uses" | "revocation">;
export type StoredApproval = Omit<ApprovalRecord, "state" | "decidedBy" | "progress">;

/** What a writer is asked to do; each is one atomic change. It goes as JSON, so bytes are texts: base64. */
export interface Commands {
  startRun: { readonly run: StoredRun; readonly tokens: readonly UsedToken[]; readonly entry: PreparedEntry };
  renewRun: {
    readonly id: string;
    readonly expiresAt: number;
    readonly tokens: readonly UsedToken[];
    readonly now: number;
    readonly entry: PreparedEntry;
  };
  endRun: { readonly id: string; readonly now: number; readonly entry: PreparedEntry };
  freeze: {
    readonly subject: FrozenSubject;
    readonly frozen: boolean;
    readonly now: number;
    readonly entry: PreparedEntry;
  };
  putEvidence: {
    readonly evidence: EvidenceRecord;
    readonly token: UsedToken | undefined;
    readonly entry: PreparedEntry;
  };
  advanceEpoch: { readonly subject: EpochSubject; readonly entry: PreparedEntry };
  recordRefusal: { readonly token: UsedToken | undefined; readonly entry: PreparedEntry };
  requestApproval: {
    readonly approval: StoredApproval;
    readonly progress: ApprovalProgress;
    readonly token: UsedToken;
    readonly entry: PreparedEntry;
  };
  decideApproval: {
    readonly id: string;
    readonly state: "granted" | "denied";
    readonly decidedBy: string;
    readonly now: number;
    readonly entry: PreparedEntry;
  };
  withdrawApproval: { readonly id: string; readonly now: number; readonly entry: PreparedEntry };
  advanceApproval: Omit<ApprovalStep, "entry"> & { readonly entry?: PreparedEntry };
  spendToken: { readonly token: UsedToken; readonly now: number };
  drawQuota: QuotaDraw;
  closeDoor: { readonly door: EpochSubject; readonly until: number; readonly entry: PreparedEntry };
  recordIntent: { readonly intent: Omit<Intent, "entry">; readonly entry: PreparedEntry };
  recordMint: {
    readonly lease: StoredLease;
    readonly handleHash: string;
    readonly sealed: string | null;
    readonly entry: PreparedEntry;
  };
  recordNoMint: { readonly decisionId: string; readonly reopen: boolean; readonly entry: PreparedEntry };
  closeOrphan: { readonly decisionId: string; readonly entry: PreparedEntry };
  replaceHandle: { readonly leaseId: string; readonly handleHash: string; readonly entry: PreparedEntry };
  prolongLease: { readonly prolongation: Omit<Prolongation, "entry">; readonly entry: PreparedEntry };
  claimUse: {
    readonly useId: string;
    readonly leaseId: string;
    readonly requestDigest: string;
    readonly proof: UsedToken;
    readonly now: number;
    readonly entry: PreparedEntry;
  };
  settle: {
    readonly useId: string;
    readonly leaseId: string;
    readonly effect: "done" | "none" | "unknown";
    /** What the decision is found by from then on. */
    readonly objects: readonly string[];
    readonly entry: PreparedEntry;
  };
  postponeLease: { readonly leaseId: string; readonly dueAt: number };
  endLease: { readonly leaseId: string; readonly outcome: string; readonly entry: PreparedEntry };
  expireLease: { readonly id: string; readonly now: number; readonly entry: PreparedEntry };
  putTenant: { readonly tenant: string; readonly entry: PreparedEntry };
  putConnection: {
    readonly tenant: string;
    readonly system: string;
    readonly account: string;
    readonly settings: string;
    readonly sealed: string;
    readonly fingerprint: string;
    readonly revision: number;
    readonly earlierSealed: string | null;
    readonly earlierFingerprint: string | null;
    readonly earlierUntil: number | null;
    readonly sharedAccount: boolean;
    readonly alsoAccounts: readonly string[];
    readonly entry: PreparedEntry;
  };
  renewSecret: Omit<RenewedSecret, "sealed"> & { readonly sealed: string; readonly entry: PreparedEntry };
  forgetEarlierSecrets: { readonly now: number; readonly entry: PreparedEntry };
  erasePersonal: { readonly replica: string; readonly sequence: number; readonly entry: PreparedEntry };
  putPolicy: { readonly version: string; readonly document: string; readonly entry: PreparedEntry };
  activatePolicy: { readonly version: string; readonly document: string; readonly entry: PreparedEntry };
  putCheckpoint: {
    readonly replica: string;
    readonly sequence: number;
    readonly hash: string;
    readonly at: number;
    readonly keyId: string;
    readonly signature: string;
  };
}

export type CommandName = keyof Commands;

/** What a command answers. */
export interface Answers {
  startRun: StartOutcome;
  renewRun: StartOutcome;
  endRun: boolean;
  freeze: boolean;
  putEvidence: boolean | "token_replayed";
  advanceEpoch: null;
  recordRefusal: "recorded" | "token_replayed";
  requestApproval: { readonly id: string } | "token_replayed";
  decideApproval: boolean;
  withdrawApproval: boolean;
  advanceApproval: boolean;
  spendToken: boolean;
  drawQuota: QuotaGrant;
  closeDoor: boolean;
  recordIntent: { readonly outcome: string; readonly leaseId?: string };
  recordMint: null;
  recordNoMint: null;
  closeOrphan: null;
  replaceHandle: boolean;
  prolongLease: ProlongOutcome;
  claimUse: UseOutcome;
  settle: null;
  postponeLease: null;
  endLease: null;
  expireLease: boolean;
  putTenant: null;
  putConnection: ConnectionOutcome;
  renewSecret: boolean;
  forgetEarlierSecrets: number;
  erasePersonal: boolean;
  putPolicy: boolean;
  activatePolicy: number;
  putCheckpoint: null;
}
