import {
  type LedgerRecord,
  type PolicyProjections,
  type Signer,
  type TaggedProjection,
  agentUri,
  projectionUrl,
  randomToken,
  runUri,
  sha256,
  signProof,
  signToken,
} from "@watchword/core";
import { ISSUER, type TestRun, type TestWorld } from "./world.ts";

/** One denial as an honest runtime reports it; changed by a test. */
export function denialOf(place: TestWorld, change: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    at: Math.floor(place.clock.now() / 1_000),
    nonce: randomToken(16),
    call: { tool: "refund", id: "call_1" },
    action_digest: sha256("an action"),
    system: "payments",
    operation: "refunds.create",
    reason: "limit_exceeded",
    failed_fact: "argument:amount",
    policy_version: sha256("a policy"),
    ...change,
  };
}

/** What a test changes of an honest batch. */
export interface BatchChange {
  readonly denials?: readonly object[];
  readonly claims?: Record<string, unknown>;
  readonly key?: Signer;
  readonly typ?: string;
}

/** A batch as an honest runtime signs it. */
export function batchOf(place: TestWorld, run: TestRun, change: BatchChange = {}): Promise<string> {
  const now = Math.floor(place.clock.now() / 1_000);
  return signToken(change.key ?? run.key, change.typ ?? "denial-batch+jwt", {
    iss: runUri(run.id),
    sub: agentUri(run.agent),
    aud: ISSUER,
    iat: now,
    exp: now + 60,
    jti: randomToken(16),
    ath: sha256(run.token),
    denials: change.denials ?? [denialOf(place)],
    dropped: 0,
    ...change.claims,
  });
}

/** The projections of a world's broker, by whatever way its client goes. */
export function projectionsOf({ broker }: TestWorld): PolicyProjections {
  const { projections } = broker.client;
  if (projections === undefined) throw new Error("the client has no projections");
  return projections;
}

/** Asks for the projection of the run's agent. */
export function ask(
  place: TestWorld,
  run: { readonly key: Signer; readonly token: string },
  etag?: string,
  proof: { readonly url?: string; readonly method?: string; readonly key?: Signer } = {},
): Promise<TaggedProjection | "unchanged" | "none"> {
  return projectionsOf(place).current({
    runToken: run.token,
    ...(etag === undefined ? {} : { etag }),
    dpop: (nonce) =>
      signProof(
        proof.key ?? run.key,
        {
          method: proof.method ?? "GET",
          url: proof.url ?? projectionUrl(ISSUER),
          token: run.token,
          ...(nonce === undefined ? {} : { nonce }),
        },
        Math.floor(place.clock.now() / 1_000),
      ),
  });
}

/** A projection, insisted on. */
export async function projectionOf(place: TestWorld, run: TestRun, etag?: string): Promise<TaggedProjection> {
  const answer = await ask(place, run, etag);
  if (typeof answer === "string") throw new Error(`no projection: ${answer}`);
  return answer;
}

/** Decisions that the run's runtime made, as recorded. */
export async function madeByRuntimes(
  place: TestWorld,
  run: { readonly id: string },
): Promise<LedgerRecord[]> {
  return (await place.ledger()).filter(
    ({ body }) => body["decided_by"] === "runtime" && body["run"] === run.id,
  );
}
