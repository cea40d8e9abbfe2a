import type { Loopback, LoopbackOptions } from "./loopback-shim.ts";

/**
 * What a tool gets instead of a key. As an object it holds no secret: `fetch` sends through the gateway, which puts the
 * credential on the one request that was decided. It ends when the tool returns.
 */
export interface GuardedCredential {
  /** Fetch-shaped, for SDKs that take their own: `Stripe.createFetchHttpClient(credential.fetch)`. */
  readonly fetch: typeof globalThis.fetch;
  /**
   * For SDKs with a fixed base URL: a listener on loopback that sends what comes to it by {@link fetch}, and is closed when the
   * tool returns. `new Stripe(token, { host, port, protocol })`.
   *
   * @throws Refusal `target_refused` where the lease has several origins and `origin` names none of them, `lease_expired` after
   *   the tool returned
   */
  readonly loopback: (options?: LoopbackOptions) => Promise<Loopback>;
  readonly leaseId: string;
  readonly decisionId: string;
  /** `released`: the grant lets the tool hold the credential itself. */
  readonly custody: "gateway" | "released";
  /**
   * The credential itself, for clients that cannot be given a `fetch`.
   *
   * @throws Refusal `target_refused` while it stays in the gateway, which is the rule; `lease_expired` after the tool returned
   */
  readonly release: () => string;
}
