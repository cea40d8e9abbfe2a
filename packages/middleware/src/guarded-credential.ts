/**
 * What a tool gets instead of a key. It holds no secret: `fetch` sends through the gateway, which puts the credential on
 * the one request that was decided. It ends when the tool returns.
 */
export interface GuardedCredential {
  /** Fetch-shaped, for SDKs that take their own: `Stripe.createFetchHttpClient(credential.fetch)`. */
  readonly fetch: typeof globalThis.fetch;
  readonly leaseId: string;
  readonly decisionId: string;
}
