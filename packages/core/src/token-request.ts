import type { PolicyProjections } from "./policy-projections.ts";
import type { LedgerReceipt } from "./ledger-entry.ts";
import type { FailedFact, Reason } from "./reason.ts";
import type { Residual } from "./adapter.ts";
import type { ApprovalState } from "./store.ts";

/** Makes a fresh proof, with this nonce in it where there is one. */
export type ProofMaker = (nonce?: string) => Promise<string>;

/** Body of `POST /token` as its form carries it: every value a string (RFC 8693 section 2.1). */
export interface TokenRequest {
  readonly grant_type: string;
  readonly subject_token: string;
  readonly subject_token_type: string;
  readonly actor_token?: string;
  readonly actor_token_type?: string;
  readonly requested_token_type?: string;
  readonly audience?: string;
  readonly resource?: string;
  readonly scope?: string;
  readonly authorization_details?: string;
  /**
   * The `DPoP` header (RFC 9449), not a form parameter: a proof, or a way to make one, which answers a broker that wants its
   * nonce in it.
   */
  readonly dpop?: string | ProofMaker;
  /** The caller's `traceparent` header: a link in traces at most, and never a reason for anything. */
  readonly traceparent?: string;
}

/** What a runtime learns of a run that it started, renewed or delegated. */
export interface StartedRun {
  readonly run_id: string;
  readonly tenant: string;
  readonly thread: string;
  readonly root: string;
  readonly parent?: string;
  /** Agent references, the root's first, this run's last. */
  readonly chain: readonly string[];
  readonly principal_kind: "user" | "agent";
  /** Keyed hash of the principal: the same person looks the same in traces, and nobody can tell who it is. */
  readonly principal_hash: string;
  readonly background: boolean;
}

/** What may be said about a credential, for traces: never the credential. */
export interface CredentialFacts {
  readonly kind: string;
  readonly fingerprint: string;
  /** NumericDate; absent when the system never ends it. */
  readonly expires_at?: number;
  /** NumericDate at which the lease ends. */
  readonly lease_expires_at: number;
}

/** What a decision rested on, for traces. */
export interface DecisionFacts {
  readonly policy_version: string;
  readonly approval: "none" | "granted";
  readonly evidence: "none" | "pass";
}

/** RFC 8693 section 2.2.1, with our members. */
export interface TokenSuccess {
  readonly ok: true;
  readonly access_token: string;
  readonly issued_token_type: string;
  readonly token_type: "DPoP" | "N_A";
  readonly expires_in: number;
  /** Of an act. */
  readonly lease?: {
    readonly lease_id: string;
    readonly decision_id: string;
    readonly gateway: string;
    readonly origins: readonly string[];
    readonly max_uses: number;
    readonly residual: Residual;
    /** `gateway`: `access_token` is a handle. `released`: it is the credential itself. */
    readonly custody: "gateway" | "released";
    /** NumericDate to which the lease can be prolonged while its tool runs. Left out: it cannot. */
    readonly job_until?: number;
    readonly credential: CredentialFacts;
    readonly decision: DecisionFacts;
  };
  /** Of a start, a renewal or a delegation. */
  readonly run?: StartedRun;
  /** Where the answer is recorded: what a proof of it can be demanded with. */
  readonly receipt?: LedgerReceipt;
}

/** RFC 6749 section 5.2, with our members: everything here is safe to show to a model. */
export interface TokenFailure {
  readonly ok: false;
  /** The OAuth code of the reason. */
  readonly error: string;
  readonly error_description: string;
  readonly reason: Reason;
  readonly retryable: boolean;
  readonly decision_id?: string;
  /** Where the refusal is recorded, when it has a record of its own. */
  readonly receipt?: LedgerReceipt;
  readonly approval_id?: string;
  readonly approval_uri?: string;
  /** Seconds between two questions for the approval's state. */
  readonly interval?: number;
  readonly expires_in?: number;
  /** Of `rate_limited`: seconds after which the same can be asked again. Over HTTP the `Retry-After` header as well. */
  readonly retry_after?: number;
  /** Of `proof_nonce_required`: what the next proof must hold. Over HTTP the `DPoP-Nonce` header. */
  readonly dpop_nonce?: string;
}

export type TokenAnswer = TokenSuccess | TokenFailure;

/** How an approval stands, for the runtime that waits for it. */
export interface ApprovalStatus {
  readonly id: string;
  readonly state: ApprovalState;
  /** NumericDate after which it is worth nothing. */
  readonly expires_at: number;
  /** Seconds between two questions. */
  readonly interval: number;
}

/** A question about an approval by the run that asked for it, or a later one of its thread and agent. */
export interface ApprovalQuestion {
  readonly approvalId: string;
  readonly runToken: string;
  /** Makes the proof that goes along, for the method and URL of the question. */
  readonly dpop: ProofMaker;
}

/** The waiting side of approvals. A refusal is thrown: {@link Refusal} with the broker's reason. */
export interface ApprovalWaiting {
  state(question: ApprovalQuestion): Promise<ApprovalStatus>;
  /** How it stands now and at every change, until it cannot change any more, the way breaks, or `signal` ends it. */
  events(question: ApprovalQuestion, signal: AbortSignal): AsyncIterable<ApprovalStatus>;
  /** Takes the question back; what it was about can no longer happen by this approval. `false`: it was too late. */
  withdraw(question: ApprovalQuestion): Promise<boolean>;
}

/** How a runtime reaches a broker: in the same process, or over HTTP. A refusal is a value, not an error. */
export interface BrokerClient {
  /** The broker's issuer identifier: audience of assertions, and base of the proof's URL. */
  readonly issuer: string;
  token(request: TokenRequest): Promise<TokenAnswer>;
  /** Ends the run of this run token, by proof of its key. Idempotent. */
  endRun(runToken: string, proof: string): Promise<void>;
  /** Left out by what stands in for a broker and knows no approvals. */
  readonly approvals?: ApprovalWaiting;
  /** Left out where runtimes are not to deny anything by themselves. */
  readonly projections?: PolicyProjections;
}

/** The URL that proofs for the token endpoint are made for. */
export const tokenUrl = (issuer: string): string => `${issuer.replace(/\/$/, "")}/token`;

/** The issuer of a broker's access tokens: a name and keys of its own, so that no other token of the broker is one. */
export const accessIssuer = (issuer: string): string => `${issuer.replace(/\/$/, "")}/access`;

/** The URL that proofs for ending a run are made for. */
export const endRunUrl = (issuer: string): string => `${issuer.replace(/\/$/, "")}/runs/end`;

/** The URL that proofs for introspection are made for. */
export const introspectionUrl = (issuer: string): string => `${issuer.replace(/\/$/, "")}/introspect`;

/** The URL that proofs for revocation are made for. */
export const revocationUrl = (issuer: string): string => `${issuer.replace(/\/$/, "")}/revoke`;

/** The URL of an approval, or of what can be asked about it; proofs are made for the latter. */
export const approvalUrl = (issuer: string, id: string, about?: "state" | "events" | "withdrawal"): string =>
  `${issuer.replace(/\/$/, "")}/approvals/${id}${about === undefined ? "" : `/${about}`}`;

/** What an operator, not a model, gets to see of a refusal. */
export interface OperatorRefusal {
  readonly reason: Reason;
  readonly detail: string;
  readonly failedFact: FailedFact | undefined;
}
