import type { Json } from "./strict-json.ts";

/** What a verified identity token says. Only verifiers construct it. */
export interface VerifiedIdentity {
  readonly issuer: string;
  readonly subject: string;
  readonly claims: { readonly [name: string]: Json };
  /** NumericDate */
  readonly expiresAt: number;
  /** NumericDate of the last login, where the issuer says it. */
  readonly authenticatedAt: number | undefined;
}

/**
 * What a token may be used as. `evidence`: a CI job that says how its tests went; a login's issuer never has it, so that no
 * person's token can post a result. `operator`: people and jobs that run the broker; their verifiers serve nothing else.
 */
export type IdentityUse = "workload" | "user" | "approver" | "evidence" | "operator";

/**
 * Verifies tokens of one configured issuer: workloads, users, approvers, operators or CI. It fetches nothing that a token names.
 * Executable form: `describeVerifier()` of `@watchword/conformance`.
 */
export interface IdentityVerifier {
  /** Exactly the `iss` it is for; the broker routes by it before any verification. */
  readonly issuer: string;
  /** What tokens of this issuer may be used as. */
  readonly uses: readonly IdentityUse[];
  /** A verifier that must never run in production (keys on the developer's disk). */
  readonly developmentOnly: boolean;
  /** @throws Refusal `token_malformed`, `token_untrusted`, `token_wrong_audience`, `token_wrong_type`, `token_expired` */
  verify(token: string): Promise<VerifiedIdentity>;
}
