import {
  type Action,
  type Adapter,
  Refusal,
  type SealedCredential,
  newAction,
  systemClock,
} from "@watchword/core";
import type { githubFixture } from "./github-fixture.ts";

/** What these tests act on. */
export type Fixture = Awaited<ReturnType<typeof githubFixture>>;
const STAMP = { decisionId: "dec_1", idempotencyKey: "k" };
const BLANK = { method: "GET", path: "/", query: [], headers: {}, body: new Uint8Array() };

export const contextOf = (fixture: Fixture, through: typeof fetch = fetch) => ({
  connection: fixture.own,
  fetch: through,
  clock: systemClock,
  signal: AbortSignal.timeout(5_000),
});

export const actionOf = (operation: string, values: Action["arguments"], repository = "acme/app"): Action =>
  newAction({ system: "code", operation, resource: { repository }, arguments: values });

export async function plan(fixture: Fixture, action: Action) {
  const { adapter, own } = fixture;
  const facts = await adapter.resolve(action, contextOf(fixture));
  return adapter.plan({ ...action, ...adapter.complete(action, facts, own.account) });
}

export async function send(
  fixture: Fixture,
  authority: ReturnType<Adapter["plan"]>,
  credential: SealedCredential,
) {
  const { url, method, headers, body } = fixture.adapter.inject(
    fixture.adapter.enforce(authority, BLANK, STAMP),
    credential,
  );
  return fetch(url, { method, headers, ...(body === undefined ? {} : { body: new Uint8Array(body) }) });
}

export async function refusalOf(attempt: () => unknown): Promise<Refusal> {
  try {
    await attempt();
  } catch (error) {
    if (Refusal.is(error)) return error;
    throw error;
  }
  throw new Error("was not refused");
}

export async function received(answer: Response) {
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: new Uint8Array(await answer.arrayBuffer()),
  };
}
