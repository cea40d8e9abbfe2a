/**
 * One request as the twin saw it. `effect`: state changed; `replay`: a write answered from its idempotency key;
 * `refused`: a write that changed nothing; `resolve`: a read. A static key is never minted, so `mint` never occurs here.
 */
export interface TwinRequest {
  readonly at: number;
  readonly kind: "resolve" | "mint" | "effect" | "replay" | "refused";
  /** As it was acted on: a method override counts, as it does at many servers. */
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** The body's text, as it arrived. */
  readonly body: string;
  /** Names of the headers that arrived, lower case; their values may hold the key. */
  readonly headerNames: readonly string[];
  /** The account that it worked on; `undefined` where the request did not come that far. */
  readonly account: string | undefined;
  readonly idempotencyKey: string | undefined;
  /** 0: no answer was given. */
  readonly status: number;
}
