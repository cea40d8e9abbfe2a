import type { BrokerContext } from "./broker-context.ts";
import { type Introspection, type IntrospectionRequest, introspectToken } from "./introspect-token.ts";
import { type RevocationRequest, revokeToken } from "./revoke-token.ts";

/** What can be asked and done about tokens that the broker gave. Over HTTP and in the same process alike. */
export interface Tokens {
  /** @throws Refusal `caller_unknown` */
  introspect(request: IntrospectionRequest): Promise<Introspection>;
  /**
   * When its promise resolves, the token opens nothing any more.
   *
   * @throws Refusal `caller_unknown`, `proof_invalid`, `token_kind_unsupported`, `ledger_unavailable`
   */
  revoke(request: RevocationRequest): Promise<void>;
}

/** The tokens of a broker. `sweep` ends at once what became due. */
export function tokens(context: BrokerContext, sweep: () => Promise<unknown>): Tokens {
  return Object.freeze({
    introspect: (request: IntrospectionRequest) => introspectToken(context, request),
    revoke: async (request: RevocationRequest) => {
      await revokeToken(context, request);
      await sweep();
    },
  });
}
