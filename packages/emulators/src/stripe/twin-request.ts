/**
 * One request as the twin saw it. `effect`: state changed; `replay`: a write answered from its idempotency key;
 * `refused`: a write that changed nothing; `resolve`: a read. Stripe mints nothing, so `mint` never occurs here.
 */
export interface TwinRequest {
  readonly at: number;
  readonly kind: "resolve" | "mint" | "effect" | "replay" | "refused";
  readonly method: string;
  readonly path: string;
  /** As the header named it; `undefined` without one. */
  readonly account: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** 0: no answer was given. */
  readonly status: number;
}
