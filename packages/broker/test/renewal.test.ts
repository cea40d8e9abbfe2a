import {
  CLAIMS,
  type Ceiling,
  TOKEN_EXCHANGE_GRANT,
  TOKEN_TYPE_URIS,
  type TokenAnswer,
  type TokenRequest,
  newAction,
  readCompactJws,
  signProof,
  tokenUrl,
} from "@watchword/core";
import { localKeySource } from "@watchword/identity/local-key";
import { expect, test } from "vitest";
import { ISSUER, type TestRun, type TestWorld, refundOf, world } from "./world.ts";

/** Two workloads of one key, which may run the same agent. */
const POLICY = `
watchword: 1
systems: { payments: { adapter: stripe } }
agents: { support: {}, reader: {} }
workloads:
  support-runtime: { identity: { localKey: support-runtime }, agents: [support, reader], tenant: { claim: org_id } }
  other-runtime: { identity: { localKey: other-runtime }, agents: [support], tenant: { claim: org_id } }
grants:
  - id: refund
    agent: support
    operation: payments/refunds.create
    resource: { account: "\${tenant.payments.account}" }
    where: { args.charge: { ownedBy: tenant } }
    lease: { action: 60s }
  - id: read
    agent: [support, reader]
    operation: payments/charges.retrieve
    resource: { account: "\${tenant.payments.account}" }
    lease: { action: 30s }
`;
/** As it is after somebody took refunds away from every agent. */
const LESS = POLICY.replace(/ {2}- id: refund[^]*?(?= {2}- id: read)/, "");
/** As it is after the support agent was taken from the workload. */
const WITHOUT_AGENT = POLICY.replace("agents: [support, reader], tenant", "agents: [reader], tenant");

const READ: Ceiling = [
  {
    system: "payments",
    operation: "charges.retrieve",
    resource: { account: ["acct_acme"] },
    limits: {},
  },
];

interface Change {
  readonly workload?: string;
  readonly request?: (request: TokenRequest) => TokenRequest;
}

async function renew(place: TestWorld, run: TestRun, change: Change = {}): Promise<TokenAnswer> {
  const now = Math.floor(place.clock.now() / 1_000);
  const request: TokenRequest = {
    grant_type: TOKEN_EXCHANGE_GRANT,
    subject_token: run.token,
    subject_token_type: TOKEN_TYPE_URIS.run,
    actor_token: change.workload ?? (await place.workloadToken()),
    actor_token_type: TOKEN_TYPE_URIS.workload,
    dpop: await signProof(run.key, { method: "POST", url: tokenUrl(ISSUER) }, now),
  };
  return place.broker.client.token(change.request?.(request) ?? request);
}

const reasonOf = (answer: TokenAnswer): string => (answer.ok ? "renewed" : answer.reason);
const ceilingOf = (token: string): unknown =>
  readCompactJws(token, { maxBytes: 65_536 }).claims[CLAIMS.ceiling];
const operationsOf = (token: string): string[] =>
  (ceilingOf(token) as Ceiling).map(({ operation }) => operation).toSorted();

test("a run is not renewed by another workload, though that may run the agent, too", async () => {
  await using place = await world({ policy: POLICY });
  const run = await place.start();
  const other = await localKeySource({
    directory: `${place.directory}/workload`,
    subject: "other-runtime",
    audience: ISSUER,
    clock: place.clock,
  });
  expect(reasonOf(await renew(place, run, { workload: await other.token() }))).toBe("agent_not_allowed");
  expect((await place.ledger()).at(-1)?.body).toMatchObject({
    outcome: "deny",
    exchange: "renew",
    reason: "agent_not_allowed",
  });
  expect(reasonOf(await renew(place, run))).toBe("renewed");
});

test("a run is not renewed once its workload may not run its agent any more", async () => {
  await using before = await world({ policy: POLICY });
  const run = await before.start();
  await using after = await world({ policy: WITHOUT_AGENT, directory: before.directory });
  expect(reasonOf(await renew(after, run))).toBe("agent_not_allowed");
});

test("a renewal is never wider than the run was", async () => {
  await using place = await world({ policy: POLICY });
  const run = await place.start({
    change: (request) => ({
      ...request,
      authorization_details: JSON.stringify([
        { ...(JSON.parse(request.authorization_details ?? "[]") as object[])[0], ceiling: READ },
      ]),
    }),
  });
  expect(ceilingOf(run.token)).toEqual(READ);
  const renewed = await renew(place, run);
  if (!renewed.ok) throw new Error(renewed.reason);
  expect(ceilingOf(renewed.access_token)).toEqual(READ);
  const answer = await place.act({ ...run, token: renewed.access_token }, refundOf("ch_a1", 100));
  expect(answer.ok ? "allowed" : answer.reason).toBe("capability_exceeded");
});

test("a renewal is never wider than the policy is by then", async () => {
  await using before = await world({ policy: POLICY });
  const run = await before.start();
  expect(operationsOf(run.token)).toEqual(["charges.retrieve", "refunds.create"]);
  await using after = await world({ policy: LESS, directory: before.directory });
  const renewed = await renew(after, run);
  if (!renewed.ok) throw new Error(renewed.reason);
  expect(operationsOf(renewed.access_token)).toEqual(["charges.retrieve"]);
  const read = newAction({
    system: "payments",
    operation: "charges.retrieve",
    resource: {},
    arguments: { charge: "ch_a1" },
  });
  expect((await after.act({ ...run, token: renewed.access_token }, read)).ok).toBe(true);
});

test("the last renewal of a session is for what is left of it, and none follows", async () => {
  await using place = await world({ policy: POLICY, broker: { maxSessionSeconds: 900 } });
  let run = await place.start();
  place.clock.advance(590);
  const renewed = await renew(place, run);
  if (!renewed.ok) throw new Error(renewed.reason);
  expect(renewed.expires_in).toBeLessThanOrEqual(310);
  const kept = await place.store.run(run.id);
  expect(kept?.expiresAt).toBe((kept?.startedAt ?? 0) + 900);
  run = { ...run, token: renewed.access_token };
  place.clock.advance(320);
  // Its token is over, and so is the session, for a moment in which clocks may differ.
  expect(reasonOf(await renew(place, run))).toMatch(/^(?:run_ended|token_expired)$/);
});

test("a session that was shortened meanwhile is over, though its token still lives", async () => {
  await using before = await world({ policy: POLICY });
  const run = await before.start();
  await using after = await world({
    policy: POLICY,
    directory: before.directory,
    broker: { maxSessionSeconds: 300 },
  });
  after.clock.advance(400);
  expect(reasonOf(await renew(after, run))).toBe("run_ended");
});

test("a renewal is good once: its proof is spent", async () => {
  await using place = await world({ policy: POLICY });
  const run = await place.start();
  let sent: TokenRequest | undefined;
  expect(reasonOf(await renew(place, run, { request: (request) => (sent = request) }))).toBe("renewed");
  if (sent === undefined) throw new Error("nothing was sent");
  expect(reasonOf(await place.broker.client.token(sent))).toBe("token_replayed");
});
