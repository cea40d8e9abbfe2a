/**
 * One request as the twin saw it. `effect`: an issue changed; `mint`: a token was given; `refused`: a write that changed
 * nothing, or a token that was not given; `resolve`: a read, or a look-up's token.
 */
export interface TwinRequest {
  readonly at: number;
  readonly kind: "resolve" | "mint" | "effect" | "refused";
  readonly method: string;
  readonly path: string;
  readonly query: string;
  /** The site that it worked on; `undefined` where the request did not come that far. */
  readonly site: string | undefined;
  /** 0: no answer was given. */
  readonly status: number;
}
