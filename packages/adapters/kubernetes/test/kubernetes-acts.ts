import { type AdapterContext, Refusal, type SealedCredential, newAction, systemClock } from "@watchword/core";
import type { Fixture } from "./kubernetes-fixture.ts";

/** A pod's uid that no pod has. */
export const UID = "00000000-0000-4000-8000-000000000000";
/** What the gateway stamps in these tests. */
export const STAMP = { decisionId: "dec_1", idempotencyKey: "k" };
/** A request without any content, for `enforce` to start from. */
export const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };

/** What an asynchronous call of the adapter gets. */
export const contextOf = (fixture: Fixture, changes: Partial<AdapterContext> = {}): AdapterContext => ({
  connection: fixture.own,
  fetch,
  clock: systemClock,
  signal: AbortSignal.timeout(5_000),
  ...changes,
});

/** The authority of an action in `acme`. */
export const planned = (
  { adapter }: Fixture,
  operation: string,
  values: Parameters<typeof newAction>[0]["arguments"],
) => {
  const action = newAction({ system: "cluster", operation, resource: {}, arguments: values });
  // What a look-up would find, for operations that rest on one.
  const facts = { owners: {}, values: operation === "pods.delete" ? { pod: { uid: UID } } : {} };
  return adapter.plan({ ...action, ...adapter.complete(action, facts, "acme") });
};

/** Sends what the adapter makes of an authority, with a token. */
export const send = async (
  { adapter }: Fixture,
  authority: ReturnType<typeof planned>,
  token: SealedCredential,
) => {
  const { url, method, headers, body } = adapter.inject(adapter.enforce(authority, BLANK, STAMP), token);
  return fetch(url, { method, headers, ...(body === undefined ? {} : { body: new Uint8Array(body) }) });
};

/** What the tenant's tokens are bound to. */
export const secretsOf = ({ twin }: Fixture) => twin.list("Secret", "acme-watchword");

/** The refusal that an attempt ends in. */
export async function refusalOf(attempt: () => unknown): Promise<Refusal> {
  try {
    await attempt();
  } catch (error) {
    if (Refusal.is(error)) return error;
    throw error;
  }
  throw new Error("was not refused");
}
