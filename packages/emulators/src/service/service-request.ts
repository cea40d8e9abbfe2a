/** One request as the service saw it. */
export interface ServiceRequest {
  /**
   * `denied`: its check took no token for it, and nothing was looked at. `effect`: it was done, a read as well, since whatever is
   * done here was done with a token. `refused`: the token was good, and the service did not do it.
   */
  readonly kind: "denied" | "effect" | "refused";
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Whom the token was for; left out: none was taken. */
  readonly tenant?: string;
}
