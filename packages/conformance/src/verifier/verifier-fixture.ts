import type { IdentityVerifier } from "@watchword/core";
import type { IssuerKey } from "./issuer-key.ts";

/** A verifier of one issuer, with what it takes to make that issuer's tokens, honest and forged. */
export interface VerifierFixture extends Partial<AsyncDisposable> {
  readonly verifier: IdentityVerifier;
  /** NumericDate at which the verifier's clock stands. */
  readonly now: number;
  readonly audience: string;
  /** Seconds that a token of this issuer may live at most. */
  readonly maxLifetimeSeconds: number;
  /** A key that the verifier knows. */
  readonly key: IssuerKey;
  /** `typ` of an honest token. */
  readonly type: string;
  /** Whether a token without `typ` is one of this issuer's as well. */
  readonly typeMayBeAbsent: boolean;
  /** Claims of an honest token that is good at `now` and has half a minute or more left. */
  readonly claims: Readonly<Record<string, unknown>>;
}

/** Makes a verifier afresh for every part of the suite. */
export type MakeVerifierFixture = () => Promise<VerifierFixture> | VerifierFixture;
