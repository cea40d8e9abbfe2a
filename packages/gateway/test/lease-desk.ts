import {
  type Authority,
  type DownstreamOutcome,
  type LeaseDirectory,
  type OpenedLease,
  Refusal,
  SealedCredential,
  type Signer,
  randomToken,
  thumbprint,
} from "@watchword/core";

/** The canary: the credential that must be found nowhere but in the downstream system's requests. */
export const SECRET = "rk_live_canary+7f3a/9c41e8d2";

interface Held {
  readonly lease: OpenedLease;
  readonly thumbprint: string;
  used: boolean;
}

/** A lease directory in memory that keeps the order of what it was asked. */
export class LeaseDesk implements LeaseDirectory {
  /** `open`, `claim`, `refuse:<reason>`, `settle:<effect>`, and whatever else a test adds, in order. */
  readonly log: string[] = [];
  readonly details: string[] = [];
  readonly outcomes: DownstreamOutcome[] = [];
  /** Makes `claimUse` or `settle` fail. */
  failing: { claim?: Refusal; settle?: Error; refuse?: Error } = {};
  readonly #held = new Map<string, Held>();
  readonly #proofs = new Set<string>();

  /** A lease for the owner of this key; gives its handle. */
  async issue(signer: Signer, authority: Authority, secret: string = SECRET): Promise<string> {
    const handle = randomToken(32);
    const lease: OpenedLease = {
      leaseId: "lease_1",
      tenant: "acme",
      system: authority.system,
      authority,
      stamp: { decisionId: "dec_1", idempotencyKey: "idem-1" },
      credential: new SealedCredential(secret),
    };
    this.#held.set(handle, { lease, thumbprint: await thumbprint(signer.publicJwk), used: false });
    return handle;
  }

  async open(handle: string, proof: { readonly thumbprint: string }): Promise<OpenedLease> {
    this.log.push("open");
    const held = this.#held.get(handle);
    if (held === undefined) throw new Refusal("lease_unknown");
    if (held.thumbprint !== proof.thumbprint) throw new Refusal("proof_invalid", { detail: "another key" });
    if (held.used) throw new Refusal("lease_used");
    return held.lease;
  }

  async claimUse(lease: OpenedLease, _request: unknown, proof: { readonly jti: string }): Promise<string> {
    // A turn of the event loop, so that a gateway that does not wait would be caught by the order in the log.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.failing.claim !== undefined) throw this.failing.claim;
    if (this.#proofs.has(proof.jti)) throw new Refusal("token_replayed");
    this.#proofs.add(proof.jti);
    for (const held of this.#held.values()) if (held.lease === lease) held.used = true;
    this.log.push("claim");
    return "use_1";
  }

  async refuse(_lease: OpenedLease, reason: string, detail: string): Promise<void> {
    if (this.failing.refuse !== undefined) throw this.failing.refuse;
    this.log.push(`refuse:${reason}`);
    this.details.push(detail);
  }

  async settle(_lease: OpenedLease, _useId: string, outcome: DownstreamOutcome): Promise<void> {
    if (this.failing.settle !== undefined) throw this.failing.settle;
    this.log.push(`settle:${outcome.effect}`);
    this.outcomes.push(outcome);
  }
}
