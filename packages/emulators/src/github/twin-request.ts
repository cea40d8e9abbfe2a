/**
 * One request as the twin saw it. `resolve`: a read, or anything an adapter does for its own look-ups (its user agent
 * begins with `watchword-resolve`); `mint`: an installation token was given out; `revoke`: one was ended; `effect`: state
 * changed; `refused`: a write or a mint that changed nothing. Neither headers nor bodies are kept, so no token is.
 */
export interface TwinRequest {
  readonly at: number;
  readonly kind: "resolve" | "mint" | "revoke" | "effect" | "refused";
  readonly method: string;
  readonly path: string;
  /** Installation whose token was used or given out; `undefined` for Apps and strangers. */
  readonly installation: number | undefined;
  /** 0: no answer was given. */
  readonly status: number;
}
