import {
  type AdapterContext,
  type Connection,
  type ConnectionRecord,
  Refusal,
  type Rotated,
  type SealedCredential,
} from "@watchword/core";
import type { BrokerContext } from "../broker-context.ts";
import { connectionContext, openAmong } from "../tenant-systems.ts";
import { connectionFingerprint } from "./connection-fingerprint.ts";

type RotateSecret = NonNullable<AdapterContext["rotateSecret"]>;

/**
 * Uses a stored connection's secret, one use at a time in this process, and stores what takes its place before anybody works with
 * what it gave. Replicas may use the same one at the same moment: which of the next ones stays says the store, and the system must
 * bear it for as long as that takes (ADR 0028).
 */
export function rotateStoredSecret(
  context: BrokerContext,
  connection: Connection,
  signal: () => AbortSignal,
): RotateSecret {
  return (use, { shared } = {}) =>
    context.secretTurns.take(connection, signal(), () => rotate(context, connection, use), shared);
}

/** Uses the secret of a connection that is not stored yet, and keeps what takes its place for whoever stores it. */
export function rotateNewSecret({ secret }: Connection): {
  readonly rotate: RotateSecret;
  readonly current: () => SealedCredential;
} {
  let current = Promise.resolve(secret);
  let last = secret;
  return {
    current: () => last,
    rotate: async (use) => {
      const before = current;
      const used = (async () => use(await before))();
      current = used.then(
        ({ next }) => (last = next ?? last),
        () => before,
      );
      return (await used).result;
    },
  };
}

async function rotate<Result>(
  context: BrokerContext,
  { tenant, system, account }: Connection,
  use: (current: SealedCredential) => Promise<Rotated<Result>>,
): Promise<Result> {
  // Read anew: what the caller was given may be older than the last use.
  const records = (await context.store.connections(tenant)) ?? [];
  const { secret, account: now } = await openAmong(context, records, tenant, system);
  const record = records.find((candidate) => candidate.system === system);
  if (record === undefined || now !== account)
    throw new Refusal("state_changed", {
      detail: "the connection is for another account meanwhile; ask again",
      failedFact: "tenant",
    });
  const { next, result } = await use(secret);
  if (next !== undefined) await keep(context, record, next);
  return result;
}

/** INVARIANT: durable before the result is worked with. Whoever was faster has stored one that is as new. */
async function keep(
  context: BrokerContext,
  { tenant, system, account, revision, fingerprint: replaces }: ConnectionRecord,
  secret: SealedCredential,
): Promise<void> {
  const fingerprint = connectionFingerprint(context, { tenant, system, secret });
  if (fingerprint === replaces) return;
  await context.store.renewSecret(
    {
      tenant,
      system,
      revision,
      sealed: await context.keys.sealer.seal(secret, connectionContext(tenant, system)),
      fingerprint,
      replaces,
    },
    {
      kind: "tenant",
      at: context.clock.now(),
      tenant,
      body: { outcome: "renewed", system, account, revision, fingerprint },
    },
  );
}
