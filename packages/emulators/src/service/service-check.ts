import type { Clock } from "@watchword/core";

/** A request as far as its token and proof are about it. */
export interface CheckedRequest {
  readonly method: string;
  /** Path and query as they stand in the request line. */
  readonly target: string;
  readonly authorization: readonly string[];
  readonly dpop: readonly string[];
}

/** Says for which tenant a request may do what it is about to do. `TokenVerifier` of `@watchword/verify` is one. */
export interface ServiceCheck {
  /** @throws Refusal */
  verify(
    request: CheckedRequest,
    expected: { readonly operation: string; readonly arguments: () => Readonly<Record<string, unknown>> },
  ): Promise<{ readonly tenant: string }>;
}

/** Makes the check of one service. `tokenVerifier` of `@watchword/verify` is one. */
export type NewServiceCheck = (options: {
  readonly issuer: string;
  readonly audience: string;
  readonly origin: string;
  readonly jwksUrl: string;
  readonly acceptUnbound: boolean;
  readonly clock: Clock;
  readonly fetch: typeof globalThis.fetch;
}) => ServiceCheck;
