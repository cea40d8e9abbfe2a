/**
 * One request as the twin saw it. `resolve`: a read, or anything of an adapter's own check (its user agent begins with
 * `watchword-resolve`); `mint`: a session was given out; `effect`: an object or item changed; `refused`: what changed nothing.
 * Neither headers nor bodies are kept, so no token and no key is.
 */
export interface TwinRequest {
  readonly at: number;
  readonly kind: "resolve" | "mint" | "effect" | "refused";
  readonly method: string;
  readonly path: string;
  /** As IAM calls it: `s3:PutObject`; `undefined` for what nobody knows. */
  readonly action: string | undefined;
  /** Name of the session that asked; `undefined` for strangers, and for whoever shows a token instead. */
  readonly session: string | undefined;
  /** AWS's error code. */
  readonly code: string | undefined;
  /** 0: no answer was given. */
  readonly status: number;
}
