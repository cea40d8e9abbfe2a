import type { BrokerContext } from "./broker-context.ts";
import { type Introspection, type IntrospectionRequest, introspectToken } from "./introspect-token.ts";
import { type RevocationRequest, type Revoked, revokeToken } from "./revoke-token.ts";

/** What can be asked and done about tokens that the broker gave. Over HTTP and in the same process alike. */
export interface Tokens {
  /** @throws Refusal `caller_unknown` */
  introspect(request: IntrospectionRequest): Promise<Introspection>;
  /**
   * When its promise resolves, the token opens nothing any more; `nothing`: none that is known did before.
   *
   * @throws Refusal `caller_unknown`, `proof_invalid`, `token_kind_unsupported`, `ledger_unavailable`
   */
  revoke(request: RevocationRequest): Promise<Revoked>;
}

/** The tokens of a broker. `sweep` ends at once what became due. */
export function tokens(context: BrokerContext, sweep: () => Promise<unknown>): Tokens {
  return Object.freeze({
    introspect: (request: IntrospectionRequest) => introspectToken(context, request),
    revoke: async (request: RevocationRequest) => {
      const revoked = await revokeToken(context, request);
      // Whoever makes a key may ask about a token of their own making: that is no work for everybody else's leases.
      if (revoked === "token") await sweep();
      return revoked;
    },
  });
}
