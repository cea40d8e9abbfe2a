import type { AdapterContext, Connection } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { federationTokens } from "./federation-token.ts";
import { monotonic } from "./sqlite/monotonic.ts";

/** For whom an adapter is called. */
export interface AdapterCall {
  readonly connection: Connection;
  /** What the call may take in all. */
  readonly milliseconds: number;
  readonly agent?: string;
  readonly decisionId?: string;
  /** For a mint alone: when its lease ends at the latest, and what makes the broker's own access token. */
  readonly leaseEndsAt?: number;
  readonly accessToken?: AdapterContext["accessToken"] | undefined;
  /** For a look-up alone. */
  readonly originOf?: AdapterContext["originOf"];
  /** For a revocation alone. */
  readonly outcomes?: AdapterContext["outcomes"];
}

/** What one call of an adapter gets. */
export function adapterContext(
  context: BrokerContext,
  { connection, milliseconds, agent, decisionId, leaseEndsAt, accessToken, originOf, outcomes }: AdapterCall,
): AdapterContext {
  const federationToken = federationTokens(context, {
    tenant: connection.tenant,
    system: connection.system,
    ...(agent === undefined ? {} : { agent }),
    ...(decisionId === undefined ? {} : { decisionId }),
  });
  const until = monotonic() + milliseconds;
  let signal: AbortSignal | undefined;
  return {
    connection,
    fetch: context.fetch,
    clock: context.clock,
    // Many an adapter asks nobody: a timer that nobody waits for would live as long as the call might have taken.
    get signal() {
      return (signal ??= AbortSignal.timeout(Math.max(0, until - monotonic())));
    },
    ...(federationToken === undefined ? {} : { federationToken }),
    ...(decisionId === undefined || leaseEndsAt === undefined
      ? {}
      : { minting: { decisionId, leaseEndsAt } }),
    ...(accessToken === undefined ? {} : { accessToken }),
    ...(originOf === undefined ? {} : { originOf }),
    ...(outcomes === undefined ? {} : { outcomes }),
  };
}
