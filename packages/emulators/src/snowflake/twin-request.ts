/**
 * One request as the twin saw it. `effect`: rows changed, or a running statement was cancelled; `read`: rows were read, or how a
 * statement stands; `replay`: answered from its request id; `resolve`: a question about the session alone; `login`: a driver's
 * session began; `refused`: nothing was done. Tokens come from elsewhere, so that `mint` never occurs here.
 */
export interface TwinRequest {
  readonly at: number;
  readonly kind: "resolve" | "mint" | "read" | "effect" | "replay" | "login" | "refused";
  readonly method: string;
  readonly path: string;
  /** Without the question mark. */
  readonly query: string;
  /** 0: no answer was given. */
  readonly status: number;
  /** The error's code, or that of success. */
  readonly code?: string;
  /** Where it ran, as the request came that far. */
  readonly account?: string;
  readonly user?: string;
  readonly role?: string;
  readonly warehouse?: string;
  readonly database?: string;
  readonly schema?: string;
  readonly statement?: string;
  readonly bindings?: readonly string[];
  readonly timeout?: number;
  readonly queryTag?: string;
  readonly handle?: string;
}
