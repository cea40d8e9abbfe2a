/**
 * One request as the twin saw it. `mint`: a token, or a Secret that one is bound to; `revoke`: such a Secret deleted; `effect`:
 * anything else that changed; `refused`: a write that changed nothing; `resolve`: a read, what one may do, and everything that an
 * adapter's own look-ups do (by their user agent) but effects.
 */
export interface TwinRequest {
  readonly at: number;
  readonly kind: "resolve" | "mint" | "revoke" | "effect" | "refused";
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** Text of the body. Tokens stand in answers alone. */
  readonly body: string;
  /** Who asked, once that was known. */
  readonly user: string | undefined;
  /** 0: no answer was given. */
  readonly status: number;
}
