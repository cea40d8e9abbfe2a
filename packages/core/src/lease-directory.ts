import type { DownstreamOutcome, Stamp } from "./adapter.ts";
import type { Authority } from "./authority.ts";
import type { GatewayRequest } from "./gateway-request.ts";
import type { VerifiedProof } from "./proof.ts";
import type { SealedCredential } from "./sealed-credential.ts";

/** A lease that a handle and its proof opened. The credential is in the gateway's hands until the request is sent. */
export interface OpenedLease {
  readonly leaseId: string;
  readonly tenant: string;
  readonly system: string;
  readonly authority: Authority;
  readonly stamp: Stamp;
  readonly credential: SealedCredential;
  /** NumericDate: no request starts after it. A directory that does not say it has no answers passed on for long. */
  readonly endsAt?: number;
  /** Seconds that an answer under way may take beyond it. Left out: none. */
  readonly graceSeconds?: number;
}

/**
 * The gateway's only door to the broker: leases, not policies. In one process it is a function call; between processes
 * it is a mutually authenticated one. Every method refuses with a `Refusal`.
 */
export interface LeaseDirectory {
  /**
   * Opens the lease of a handle for a proof that was verified against the gateway's own URL.
   *
   * @throws Refusal `lease_unknown`, `lease_expired`, `lease_used`, `run_ended`, `proof_invalid` (another key)
   */
  open(handle: string, proof: VerifiedProof): Promise<OpenedLease>;
  /**
   * Spends one use, durably, before the request leaves. Gives the use's id.
   *
   * @throws Refusal `lease_used`, `lease_expired`, `run_ended`, `token_replayed`, `ledger_unavailable`
   */
  claimUse(lease: OpenedLease, request: GatewayRequest, proof: VerifiedProof): Promise<string>;
  /** Records a request that was refused before its use was claimed. */
  refuse(lease: OpenedLease, reason: "request_mismatch" | "target_refused", detail: string): Promise<void>;
  /** Records what the request did. */
  settle(lease: OpenedLease, useId: string, outcome: DownstreamOutcome): Promise<void>;
  /**
   * Until when an open lease holds, for an answer that is being passed on: 0 once it or its run was ended before its time. Left out
   * by directories that only tell at `open`.
   */
  standing?(lease: OpenedLease): Promise<number>;
}
