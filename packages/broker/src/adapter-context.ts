import type { Action, AdapterContext, Connection } from "@watchword/core";
import type { BrokerContext } from "./broker-context.ts";
import { federationTokens } from "./federation-token.ts";
import { type Meter, type Metering, meteredFetch } from "./quotas/metered-fetch.ts";
import { monotonic } from "./sqlite/monotonic.ts";
import { rotateStoredSecret } from "./tenants/rotate-secret.ts";

/** For whom an adapter is called. */
export interface AdapterCall {
  readonly connection: Connection;
  /** What its requests are about, and what for: under what they are counted. */
  readonly resource?: Action["resource"];
  readonly purpose: Metering["purpose"];
  /** What the call may take in all. */
  readonly milliseconds: number;
  readonly agent?: string;
  readonly decisionId?: string;
  /** For a mint alone: when its lease ends at the latest, and what makes the broker's own access token. */
  readonly leaseEndsAt?: number;
  readonly accessToken?: AdapterContext["accessToken"] | undefined;
  /** For a connection that is not stored yet. */
  readonly rotateSecret?: AdapterContext["rotateSecret"];
  /** For a look-up alone. */
  readonly originOf?: AdapterContext["originOf"];
  /** For a revocation alone. */
  readonly outcomes?: AdapterContext["outcomes"];
}

/** What one call of an adapter gets, with a meter where its requests are counted. */
export interface MeteredContext extends AdapterContext {
  readonly meter?: Meter;
}

/** What one call of an adapter gets. */
export function adapterContext(context: BrokerContext, call: AdapterCall): MeteredContext {
  const { connection, milliseconds, agent, decisionId, leaseEndsAt, accessToken, originOf, outcomes } = call;
  const federationToken = federationTokens(context, {
    tenant: connection.tenant,
    system: connection.system,
    ...(agent === undefined ? {} : { agent }),
    ...(decisionId === undefined ? {} : { decisionId }),
  });
  const until = monotonic() + milliseconds;
  let signal: AbortSignal | undefined;
  const rotateSecret = call.rotateSecret ?? rotation(context, connection, () => given.signal);
  const given: MeteredContext = {
    connection,
    ...wayOut(context, call),
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
    ...(rotateSecret === undefined ? {} : { rotateSecret }),
  };
  return given;
}

function rotation(
  context: BrokerContext,
  connection: Connection,
  signal: () => AbortSignal,
): AdapterContext["rotateSecret"] {
  const rotates = context.systems.get(connection.system)?.capabilities.rootSecret === "rotating";
  return rotates ? rotateStoredSecret(context, connection, signal) : undefined;
}

/** The way to the system: as it is, or metered. */
function wayOut(
  context: BrokerContext,
  { connection, resource, purpose }: AdapterCall,
): Pick<MeteredContext, "fetch" | "meter"> {
  const account = context.quotas.account(connection, resource);
  if (account === undefined) return { fetch: context.fetch };
  const meter: Meter = {
    reached: 0,
    refusal: undefined,
    close: (seconds) => context.quotas.close(account, seconds),
  };
  return { fetch: meteredFetch(context, { account, meter, purpose }), meter };
}
