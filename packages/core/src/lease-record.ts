import type { RevocationOutcome } from "./adapter.ts";

/** The broker's record of one credential's use. */
export interface LeaseRecord {
  readonly id: string;
  readonly decisionId: string;
  readonly tenant: string;
  readonly system: string;
  readonly adapter: string;
  readonly run: string;
  readonly root: string;
  readonly thread: string;
  /** `gateway`: opened by its handle. `released`: the tool holds the credential, and the gateway opens nothing for it. */
  readonly custody: "gateway" | "released";
  readonly txn: string;
  readonly actionDigest: string;
  /** Canonical JSON of the Authority. */
  readonly authority: string;
  /** Thumbprint of the run key that every use must prove. */
  readonly thumbprint: string;
  readonly handleHash: string;
  /** The encrypted credential; `null` once the lease has ended. */
  readonly sealed: Uint8Array | null;
  readonly kind: string;
  readonly fingerprint: string;
  /** Fingerprint of the connection's secret that it was minted with; absent in leases of before. */
  readonly connection?: string;
  /** The lease whose credential this one shares: what it was minted for, and where it is revoked. Left out: its own. */
  readonly base?: string;
  /** Until when it may be prolonged, and by which wording of its grant it was given. Left out: it is not. */
  readonly job?: { readonly until: number; readonly grantDigest: string };
  /** Seconds that an answer under way may take beyond its own end, if it is not ended before. Left out: none. */
  readonly grace?: { readonly seconds: number; readonly end: number };
  readonly idempotencyKey: string;
  /** What its requests are counted under; absent where nothing is counted, and in leases of before. */
  readonly quotaScope?: string;
  /** NumericDate; `null` when the system never ends it. */
  readonly nativeExpiresAt: number | null;
  /** NumericDate: no request starts after it. */
  readonly expiresAt: number;
  readonly maxUses: number;
  readonly uses: number;
  /** How it ended; `null` while active. */
  readonly revocation: RevocationOutcome | null;
}
