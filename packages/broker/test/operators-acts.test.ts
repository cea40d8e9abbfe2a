import { join } from "node:path";
import { stripe } from "@watchword/adapter-stripe";
import type { TokenAnswer, TokenRequest } from "@watchword/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Broker, createBroker, fileKeys } from "../src/index.ts";
import { ledgerKeys, recordProofProblem, type RecordProof } from "../src/verify-ledger/index.ts";
import { ESCALATING, lead, wanted } from "./approval-place.ts";
import { type Asked, type OperatorsPlace, operatorsPlace } from "./operators-place.ts";
import { testStore } from "./test-store.ts";
import { CANARY, ISSUER, POLICY, type TestRun, effects, refundOf, sendRefund } from "./world.ts";

/** Another replica: a process of its own, as far as this one knows. */
async function anotherReplica({ place }: OperatorsPlace) {
  const store = await testStore(join(place.directory, "watchword.db"));
  const broker = await createBroker({
    issuer: ISSUER,
    gateway: place.gatewayUrl,
    policy: "stored",
    store,
    keys: await fileKeys(join(place.directory, "keys")),
    verifiers: [],
    systems: { payments: stripe({ baseUrl: place.twin.url }) },
    clock: place.clock,
    environment: "development",
    sweepMilliseconds: 0,
  });
  return {
    broker,
    [Symbol.asyncDispose]: async () => {
      await broker[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
    },
  };
}

/** The run's action, sent to a broker other than the one where it started. */
async function actBy({ place }: OperatorsPlace, broker: Broker, run: TestRun): Promise<TokenAnswer> {
  let made: TokenRequest | undefined;
  const taken = place.act(run, refundOf("ch_a1"), {
    request: (request) => {
      made = request;
      throw new Error("taken elsewhere");
    },
  });
  await expect(taken).rejects.toThrow("taken elsewhere");
  if (made === undefined) throw new Error("nothing was made");
  return broker.client.token(made);
}

describe("an operator stops, by one broker, what the next mint by another would have been", () => {
  test("a run, a tenant, a system", async () => {
    await using here = await operatorsPlace();
    await using other = await anotherReplica(here);
    const token = await here.token("operator");
    const reasonAfter = async (line: (run: string) => string, subject?: string): Promise<string> => {
      const run = await here.place.start();
      const body = subject === undefined ? undefined : { body: { subject } };
      expect((await here.ask(token, line(run.id), body)).body).toEqual({ changed: true });
      const answer = await actBy(here, other.broker, run);
      if (subject !== undefined) await here.ask(token, `DELETE /v1/frozen/${subject}`);
      return answer.ok ? "allowed" : answer.reason;
    };
    const freeze = (): string => "POST /v1/frozen";
    expect(await reasonAfter((run) => `POST /v1/runs/${run}/kill`)).toBe("run_ended");
    // Freezing a tenant ends its runs; no system has any.
    expect(await reasonAfter(freeze, "tenant:acme")).toBe("run_ended");
    expect(await reasonAfter(freeze, "system:payments")).toBe("frozen");
    expect(effects(here.place)).toBe(0);
  });

  test("a lease, whose handle is refused, and that nobody used", async () => {
    await using here = await operatorsPlace();
    const run = await here.place.start();
    const answer = await here.place.act(run, refundOf("ch_a1"));
    if (!answer.ok) throw new Error(answer.reason);
    const token = await here.token("operator");
    const line = `POST /v1/leases/${answer.lease?.lease_id}/revoke`;
    const revoked = await here.ask(token, line);
    expect(revoked.body).toMatchObject({ changed: true });
    expect((await sendRefund(here.place, run, answer.access_token, "charge=ch_a1")).status).toBe(401);
    expect((await here.ask(token, line)).body).toMatchObject({ changed: false });
    expect((await here.ask(token, "GET /v1/leases")).body["leases"]).toEqual([]);
    expect(effects(here.place)).toBe(0);
  });
});

describe("what is personal", () => {
  test("is given to an investigator after that is on record, with who opened it and why", async () => {
    await using here = await operatorsPlace();
    const { decision } = await here.refunded();
    const line = `POST /v1/decisions/${decision}/personal`;
    const opened = await here.ask(await here.token("investigator"), line, { body: { reason: "case 4711" } });
    expect(opened.body).toMatchObject({
      principal: { subject: "dana" },
      arguments: { charge: "ch_a1", amount: { minor: 4_200, currency: "USD" } },
    });
    const record = (await here.place.ledger()).findLast(({ kind }) => kind === "personal");
    expect(record).toMatchObject({ decisionId: decision, tenant: "acme", body: { outcome: "opened" } });
    const beside = await here.place.store.personal(record?.replica ?? "", record?.sequence ?? 0);
    expect(beside?.value).toEqual({
      by: "investigator-staff: https://staff.test.example olga",
      reason: "case 4711",
    });
    const read = await here.ask(await here.token("viewer"), `GET /v1/decisions/${decision}`);
    expect(read.body["afterwards"]).toContainEqual(expect.objectContaining({ kind: "personal" }));
    expect(read.text).not.toMatch(/dana|minor|\b4711\b|olga/);
  });

  test("says who approved it, too, to whoever opens it", async () => {
    await using here = await operatorsPlace();
    const run = await here.place.start();
    const action = refundOf("ch_a3", 19_000);
    const id = await wanted(here.place, run, action);
    await here.place.broker.approvals.decide(id, { token: await lead(here.place), verdict: "approve" });
    const done = await here.place.act(run, action, { approvalId: id });
    const decision = done.ok ? done.lease?.decision_id : undefined;
    const line = `POST /v1/decisions/${decision}/personal`;
    const opened = await here.ask(await here.token("investigator"), line, { body: { reason: "case 4711" } });
    expect(opened.body).toMatchObject({
      approval: id,
      approved_by: "https://login.test.example lena",
      principal: { subject: "dana" },
    });
    const read = await here.ask(await here.token("viewer"), `GET /v1/decisions/${decision}`);
    expect(read.text).not.toMatch(/lena|dana/);
  });

  test("is not given while it cannot be put on record", async () => {
    await using here = await operatorsPlace();
    const { decision } = await here.refunded();
    const token = await here.token("investigator");
    here.breakLedger(true);
    const line = `POST /v1/decisions/${decision}/personal`;
    const answer = await here.ask(token, line, { body: { reason: "case 4711" } });
    expect([answer.status, answer.body["reason"]]).toEqual([503, "ledger_unavailable"]);
    expect(answer.text).not.toMatch(/dana|ch_a1/);
    here.breakLedger(false);
    expect((await here.place.ledger()).some(({ kind }) => kind === "personal")).toBe(false);
  });

  test("is erased for good: the chain verifies, the decision explains itself as erased, who opened it stays", async () => {
    await using here = await operatorsPlace();
    const { decision } = await here.refunded();
    const investigator = await here.token("investigator");
    const open = `POST /v1/decisions/${decision}/personal`;
    await here.ask(investigator, open, { body: { reason: "case 4711" } });
    const erase = `DELETE /v1/decisions/${decision}/personal`;
    const admin = await here.token("admin");
    const { erased } = (await here.ask(admin, erase)).body;
    expect(erased).toBeGreaterThan(0);
    expect((await here.ask(admin, erase)).body).toEqual({ erased: 0 });
    const again = await here.ask(investigator, open, { body: { reason: "once more" } });
    expect(again.body).toMatchObject({ erased: true, principal: null, arguments: null, checks: null });
    expect(again.body["ledger"]).toMatchObject({ intact: true });
    for (const { replica, sequence, kind, decisionId } of await here.place.ledger()) {
      if (decisionId !== decision) continue;
      const text = JSON.stringify((await here.place.store.personal(replica, sequence)) ?? {});
      expect(text).not.toMatch(/dana|ch_a1/);
      if (kind === "personal") expect(text).toContain("olga");
    }
    await here.place.broker.checkpoint();
    expect((await here.place.broker.verifyLedger()).firstProblem).toBeUndefined();
  });
});

test("who refunded re_…? The decision, found by the payment system's own id", async () => {
  await using here = await operatorsPlace();
  const { decision, refund, run } = await here.refunded();
  await here.refunded(100, "ch_a2");
  expect(refund).toMatch(/^re_/);
  const found = await here.ask(await here.token("investigator"), `GET /v1/who?system=payments&id=${refund}`);
  expect(found.body["decisions"]).toEqual([
    expect.objectContaining({ decision_id: decision, run: run.id, agent: "support@3", outcome: "allow" }),
  ]);
  const token = await here.token("investigator");
  expect((await here.ask(token, "GET /v1/who?system=payments&id=re_other")).body["decisions"]).toEqual([]);
});

test("decisions are listed page by page, each once, and by what they came to", async () => {
  await using here = await operatorsPlace();
  const run = await here.place.start();
  for (const charge of ["ch_a1", "ch_g1", "ch_a2", "ch_a1", "ch_g3"])
    await here.place.act(run, refundOf(charge, 100));
  const token = await here.token("viewer");
  const seen: string[] = [];
  let next: string | null = "";
  while (next !== null) {
    const before: string = next === "" ? "" : `&before=${next}`;
    const { body }: Asked = await here.ask(token, `GET /v1/decisions?limit=2&tenant=acme${before}`);
    seen.push(...(body["decisions"] as { decision_id: string }[]).map(({ decision_id }) => decision_id));
    next = body["next"] as string | null;
  }
  expect(new Set(seen).size).toBe(seen.length);
  const denied = await here.ask(token, "GET /v1/decisions?outcome=deny&agent=support");
  expect((denied.body["decisions"] as { reason: string }[]).map(({ reason }) => reason)).toEqual([
    "tenant_mismatch",
    "effect_pending",
    "tenant_mismatch",
  ]);
  expect((await here.ask(token, "GET /v1/decisions?agent=reader")).body["decisions"]).toEqual([]);
});

test("a decision's record is proven to whoever has nothing but the public keys", async () => {
  await using here = await operatorsPlace();
  const { decision } = await here.refunded();
  const token = await here.token("viewer");
  const line = `GET /v1/ledger/proofs/${decision}`;
  expect((await here.ask(token, line)).status).toBe(404);
  await here.place.broker.checkpoint();
  const proof = (await here.ask(token, line)).body as unknown as RecordProof;
  const keys = await ledgerKeys((await here.ask(token, "GET /v1/keys")).body["ledger"] as object[]);
  expect(recordProofProblem(proof, keys)).toBeUndefined();
  const changed = { ...proof, record: { ...proof.record, body: { outcome: "allow" } } };
  expect(recordProofProblem(changed, keys)).toContain("hash");
});

const files = (text: string) => ({ body: { files: [{ name: "policy.yaml", text }] } });
const stricter = POLICY.replace("200.00 USD", "10.00 USD");

describe("a policy", () => {
  test("is pushed and activated by a job of the policy's repository, and rolled back by a person", async () => {
    await using here = await operatorsPlace();
    const job = here.ci.token();
    const pushed = await here.ask(job, "POST /v1/policies", files(stricter));
    expect(pushed.body).toMatchObject({ fresh: true });
    const { version } = pushed.body as { version: string };
    await here.ask(job, `POST /v1/policies/${version}/activate`);
    const denied = await here.place.act(await here.place.start(), refundOf("ch_a1", 4_200));
    expect(denied).toMatchObject({ ok: false, reason: "limit_exceeded" });
    const person = await here.token("policy");
    await here.ask(person, "POST /v1/policies/rollback");
    const allowed = await here.place.act(await here.place.start(), refundOf("ch_a1", 4_200));
    expect(allowed).toMatchObject({ ok: true });
    const { history } = (await here.ask(person, "GET /v1/policies")).body as { history: { epoch: number }[] };
    expect(history.map(({ epoch }) => epoch)).toEqual([3, 2, 1]);
    const records = (await here.place.ledger()).filter(({ kind }) => kind === "policy");
    const by = await Promise.all(
      records.map(
        async ({ replica, sequence }) => (await here.place.store.personal(replica, sequence))?.value["by"],
      ),
    );
    expect(by.slice(-3)).toEqual([
      "deploy: https://token.actions.githubusercontent.com repo:acme/app:ref:refs/heads/main",
      "deploy: https://token.actions.githubusercontent.com repo:acme/app:ref:refs/heads/main",
      "policy-staff: https://staff.test.example olga",
    ]);
  });
});

test("whoever brings a grant in does not approve under it, under no login of theirs; somebody else does", async () => {
  await using here = await operatorsPlace({ policy: ESCALATING });
  const author = await here.token("policy", { claims: { employee_id: "e-lena" } });
  const text = ESCALATING.replace("200.00 USD", "180.00 USD");
  const body = { files: [{ name: "policy.yaml", text }] };
  const { version } = (await here.ask(author, "POST /v1/policies", { body })).body as { version: string };
  await here.ask(here.ci.token(), `POST /v1/policies/${version}/activate`);
  const wants = async (cents: number): Promise<string> =>
    wanted(here.place, await here.place.start(), refundOf("ch_a3", cents));
  const { approvals } = here.place.broker;
  const [first, second] = [await wants(15_000), await wants(14_000)];
  const decided = approvals.decide(first, { token: await lead(here.place, "lena"), verdict: "approve" });
  await expect(decided).rejects.toMatchObject({ reason: "approver_not_allowed" });
  expect((await approvals.get(first))?.state).toBe("pending");
  await approvals.decide(first, { token: await lead(here.place, "mona"), verdict: "approve" });
  await approvals.decide(second, { token: await lead(here.place, "lena"), verdict: "deny" });
  expect((await approvals.get(first))?.state).toBe("granted");
  expect((await approvals.get(second))?.state).toBe("denied");
});

describe("what is not in order changes nothing:", () => {
  let here: OperatorsPlace;
  beforeAll(async () => {
    here = await operatorsPlace();
  });
  afterAll(() => here[Symbol.asyncDispose]());

  test("a policy is not pushed by a job of another branch or repository, off a protected ref, or of a pull request", async () => {
    for (const claims of [
      { ref: "refs/heads/evil", sub: "repo:acme/app:ref:refs/heads/evil" },
      { ref_protected: "false" },
      { repository_id: "124" },
      { event_name: "pull_request" },
    ]) {
      const answer = await here.ask(here.ci.token(claims), "POST /v1/policies", files(stricter));
      expect([answer.status, answer.body["reason"]]).toEqual([403, "operator_not_allowed"]);
    }
  });

  test("a policy that does not load, or does not fit the systems, is refused with each problem and its line", async () => {
    const person = await here.token("policy");
    const unloadable = await here.ask(
      person,
      "POST /v1/policies",
      files(stricter.replace("grants:", "grant:")),
    );
    expect([unloadable.status, unloadable.body["reason"]]).toEqual([400, "policy_invalid"]);
    expect(unloadable.body["detail"]).toMatch(/^policy\.yaml:\d+:\d+ {2}/);
    const unfit = await here.ask(
      person,
      "POST /v1/policies",
      files(stricter.replace("payments/charges.retrieve", "payments/charges.destroy")),
    );
    expect(unfit.body["detail"]).toMatch(/policy\.yaml:\d+:\d+ {2}charges\.destroy is not an operation/);
    const unknown = await here.ask(person, `POST /v1/policies/${"A".repeat(43)}/activate`);
    expect(unknown.status).toBe(404);
  });

  test("a tenant's secret goes in and comes out nowhere", async () => {
    const admin = await here.token("admin");
    await here.ask(admin, "PUT /v1/tenants/initech");
    const line = "PUT /v1/tenants/initech/connections/payments";
    const wrong = await here.ask(admin, line, {
      body: { account: "acct_initech", secret: "rk_test_wrong_4711" },
    });
    expect(wrong.status).toBeGreaterThanOrEqual(400);
    expect(wrong.text).not.toContain("rk_test_wrong_4711");
    const rotated = await here.ask(admin, "PUT /v1/tenants/acme/connections/payments", {
      body: { account: "acct_acme", secret: CANARY, revision: 1 },
    });
    expect(rotated.body).toMatchObject({ account: "acct_acme", change: "unchanged" });
    const shown = await here.ask(await here.token("viewer"), "GET /v1/tenants/acme");
    expect(shown.body["connections"]).toEqual([expect.objectContaining({ system: "payments", revision: 1 })]);
    for (const { text } of [rotated, shown]) expect(text).not.toContain(CANARY);
    expect(JSON.stringify(await here.place.ledger())).not.toContain("rk_test_");
  });
});
