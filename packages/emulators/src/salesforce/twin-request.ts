/**
 * One request as the twin saw it. `mint` and `revoke`: at the token endpoints; `effect`: state changed; `refused`: a write or a
 * request for a token that changed nothing; `resolve`: a read.
 */
export interface TwinRequest {
  readonly at: number;
  readonly kind: "resolve" | "mint" | "revoke" | "effect" | "refused";
  readonly method: string;
  /** Without its query. */
  readonly path: string;
  /** Decoded text of a query, where one was sent. */
  readonly soql: string | undefined;
  /** Host of the org that it worked on; `undefined` where the request did not come that far. */
  readonly org: string | undefined;
  /** Username, likewise. */
  readonly user: string | undefined;
  /** 0: no answer was given. */
  readonly status: number;
}
