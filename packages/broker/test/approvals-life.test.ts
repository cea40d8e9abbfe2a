import { createHmac } from "node:crypto";
import { join } from "node:path";
import { SealedCredential, type TokenAnswer } from "@watchword/core";
import { oidc } from "@watchword/identity/oidc";
import { localKeyVerifier } from "@watchword/identity/local-key";
import { parsePolicy } from "@watchword/policy";
import { stripe } from "@watchword/adapter-stripe";
import { describe, expect, test } from "vitest";
import { type Broker, type BrokerOptions, createBroker, fileKeys } from "../src/index.ts";
import { sqlite } from "../src/sqlite/index.ts";
import { ESCALATING, approvalRecords, asRun, lead, served, wanted } from "./approval-place.ts";
import { ISSUER, LOGIN, POLICY, type TestWorld, refundOf, world } from "./world.ts";

const reasonOf = (answer: TokenAnswer): string => (answer.ok ? "allowed" : answer.reason);
const SECRET = "canary-webhook-secret-4b1d";

describe("asking again for the same", () => {
  test("gives the approval that is there, in the same second and later, and the record says which", async () => {
    await using place = await world();
    const run = await place.start();
    const action = refundOf("ch_a3", 19_000);
    const id = await wanted(place, run, action);
    place.clock.advance(61);
    expect(await wanted(place, run, action)).toBe(id);
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    expect(await wanted(place, run, action), "a yes that is there is not asked for again").toBe(id);
    const asked = (await place.ledger()).filter(({ body }) => body["outcome"] === "approval_required");
    expect(asked.map(({ body }) => body["approval"])).toEqual([id, id, id]);
    expect(reasonOf(await place.act(run, action, { approvalId: id }))).toBe("allowed");
  });

  test("at sixty-four at a time makes one", async () => {
    await using place = await world();
    const run = await place.start();
    const action = refundOf("ch_a3", 19_000);
    const ids = await Promise.all(Array.from({ length: 64 }, () => wanted(place, run, action)));
    expect(new Set(ids).size).toBe(1);
    expect(await place.store.pendingApprovals("acme", 0)).toHaveLength(1);
  });

  test("after a no, or after its time, makes another", async () => {
    await using place = await world();
    const run = await place.start({ thread: "t-1" });
    const action = refundOf("ch_a3", 19_000);
    const denied = await wanted(place, run, action);
    await place.broker.approvals.decide(denied, { token: await lead(place), verdict: "deny" });
    const second = await wanted(place, run, action);
    expect(second).not.toBe(denied);
    place.clock.advance(1_801);
    expect(await wanted(place, await place.start({ thread: "t-1" }), action)).not.toBe(second);
  });

  test("for ever new things is stopped, so that nobody is worn out", async () => {
    await using place = await world({ broker: { approvals: { maxPending: 2 } } });
    const run = await place.start();
    const first = refundOf("ch_a3", 19_000);
    await wanted(place, run, first);
    await wanted(place, run, refundOf("ch_a3", 19_000));
    expect(reasonOf(await place.act(run, refundOf("ch_a3", 19_000)))).toBe("approvals_full");
    await wanted(place, run, first);
    await wanted(place, await place.start(), refundOf("ch_a3", 19_000));
    expect(await place.store.pendingApprovals("acme", 0)).toHaveLength(3);
  });
});

describe("an approval that was withdrawn", () => {
  test("by the run that asked is good for nothing, and cannot be given", async () => {
    await using place = await world();
    await using http = await served(place);
    const run = await place.start();
    const action = refundOf("ch_a3", 19_000);
    const id = await wanted(place, run, action);
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    const headers = await asRun(place, run, id, "withdrawal");
    const answer = await http.ask(`/approvals/${id}/withdrawal`, { method: "POST", headers });
    expect([answer.status, answer.body]).toEqual([200, { withdrawn: true }]);
    expect(reasonOf(await place.act(run, action, { approvalId: id }))).toBe("approval_withdrawn");
    await expect(
      place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" }),
    ).rejects.toMatchObject({ reason: "approval_mismatch" });
    expect((await approvalRecords(place)).at(-2)).toMatchObject({
      outcome: "withdrawn",
      withdrawn_by: "run",
    });
    expect((await place.ledger()).some(({ kind }) => kind === "intent")).toBe(false);
  });

  test("by the operator ends what waits", async () => {
    await using place = await world();
    const id = await wanted(place, await place.start());
    expect(await place.broker.approvals.withdraw(id)).toBe(true);
    expect(await place.broker.approvals.withdraw(id)).toBe(false);
    expect(await place.broker.approvals.withdraw(`apr_${"0".repeat(32)}`)).toBe(false);
    expect(await place.broker.approvals.pending("acme")).toEqual([]);
  });

  test("is not withdrawn by another thread, agent, tenant or user, nor with another key or a proof for another", async () => {
    await using place = await world();
    await using http = await served(place);
    const run = await place.start({ thread: "t-1" });
    const id = await wanted(place, run);
    const others = [
      await place.start({ thread: "t-2" }),
      await place.start({ thread: "t-1", agent: "support@4" }),
      await place.start({ thread: "t-1", user: "mallory" }),
      await place.start({ thread: "t-1", tenant: "globex", user: "gina" }),
    ];
    const ask = async (headers: Record<string, string>): Promise<unknown[]> => {
      const { status, body } = await http.ask(`/approvals/${id}/withdrawal`, { method: "POST", headers });
      return [status, body["reason"]];
    };
    for (const other of others)
      expect(await ask(await asRun(place, other, id, "withdrawal"))).toEqual([403, "approval_mismatch"]);
    const [stranger] = others;
    expect(await ask(await asRun(place, run, id, "withdrawal", { key: stranger!.key }))).toEqual([
      401,
      "proof_invalid",
    ]);
    const elsewhere = `${ISSUER}/approvals/apr_${"0".repeat(32)}/withdrawal`;
    expect(await ask(await asRun(place, run, id, "withdrawal", { url: elsewhere }))).toEqual([
      401,
      "proof_invalid",
    ]);
    expect(await ask({ authorization: `Bearer ${run.token}` })).toEqual([401, "token_malformed"]);
    expect((await place.store.approval(id))?.state).toBe("pending");
    expect((await approvalRecords(place)).map(({ reason }) => reason)).toEqual(
      others.map(() => "approval_mismatch"),
    );
  });
});

describe("an approval that nobody decides", () => {
  test("is for others as well after its time, and not before", async () => {
    await using place = await world({ policy: ESCALATING });
    const id = await wanted(place, await place.start());
    const head = async (): Promise<string> => place.userToken("hugo", { groups: ["heads"] });
    const decide = async (): Promise<unknown> =>
      place.broker.approvals.decide(id, { token: await head(), verdict: "approve" });
    await expect(decide(), "as if there were none").rejects.toMatchObject({ reason: "approval_mismatch" });
    expect(await place.broker.approvals.list(await head())).toEqual([]);
    place.clock.advance(601);
    await place.broker.sweep();
    await place.broker.sweep();
    expect(await place.broker.approvals.list(await head())).toMatchObject([
      { id, approvers: ["leads", "heads"] },
    ]);
    expect(await place.broker.approvals.list(await lead(place))).toMatchObject([{ id }]);
    await decide();
    expect((await approvalRecords(place)).map(({ outcome, approvers }) => [outcome, approvers])).toEqual([
      ["refused", undefined],
      ["escalated", "leads"],
      ["granted", "heads"],
    ]);
  });

  test("is recorded as expired once, given or not", async () => {
    await using place = await world();
    const run = await place.start();
    const waiting = await wanted(place, run);
    const given = await wanted(place, run, refundOf("ch_a3", 18_000));
    await place.broker.approvals.decide(given, { token: await lead(place), verdict: "approve" });
    place.clock.advance(1_800);
    await Promise.all([place.broker.sweep(), place.broker.sweep()]);
    const expired = (await approvalRecords(place)).filter(({ outcome }) => outcome === "expired");
    expect(Object.fromEntries(expired.map(({ approval, was }) => [approval, was]))).toEqual({
      [waiting]: "pending",
      [given]: "granted",
    });
    expect(expired).toHaveLength(2);
    expect((await place.store.approval(given))?.state).toBe("expired");
    await expect(
      place.broker.approvals.decide(waiting, { token: await lead(place), verdict: "approve" }),
    ).rejects.toMatchObject({ reason: "approval_expired" });
  });

  test("is not given because a clock was set back", async () => {
    await using place = await world();
    const run = await place.start({ thread: "t-1" });
    const action = refundOf("ch_a3", 19_000);
    const id = await wanted(place, run, action);
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    place.clock.advance(1_800);
    await place.broker.sweep();
    place.clock.advance(-1_800);
    expect(reasonOf(await place.act(run, action, { approvalId: id }))).toBe("approval_expired");
  });
});

describe("a requester with another login", () => {
  const asking = (place: TestWorld, employee: Record<string, string>): ReturnType<TestWorld["start"]> =>
    place.start({
      change: (request) => ({ ...request, subject_token: employee["token"] ?? request.subject_token }),
    });

  test("is recognized by the link claim, whose value is kept nowhere", async () => {
    await using place = await world({ policy: ESCALATING });
    const token = await place.userToken("dana", { org_id: "acme", employee_id: "e-4711" });
    const id = await wanted(place, await asking(place, { token }));
    const admin = await lead(place, "dana-admin", { employee_id: "e-4711" });
    await expect(
      place.broker.approvals.decide(id, { token: admin, verdict: "approve" }),
    ).rejects.toMatchObject({
      reason: "approval_self",
    });
    expect(await place.broker.approvals.list(admin)).toEqual([]);
    const run = await place.store.run((await place.store.approval(id))?.run ?? "");
    const kept = JSON.stringify([run, await place.store.approval(id), await place.ledger()]);
    expect(Object.keys(run?.links ?? {})).toEqual(["employee_id"]);
    expect(kept).not.toContain("e-4711");
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
  });

  test("does not slip through as an approver whose token lacks the claim", async () => {
    await using place = await world({ policy: ESCALATING });
    const id = await wanted(place, await place.start());
    const token = await place.userToken("lena", { org_id: "acme", groups: ["leads"] });
    await expect(place.broker.approvals.decide(id, { token, verdict: "approve" })).rejects.toMatchObject({
      reason: "approver_not_allowed",
    });
  });
});

describe("notice of an approval", () => {
  /** A webhook that answers by script. */
  function webhook(statuses: number[]): {
    fetch: typeof globalThis.fetch;
    calls: { url: string; body: string; headers: Headers }[];
  } {
    const calls: { url: string; body: string; headers: Headers }[] = [];
    return {
      calls,
      fetch: async (input, init) => {
        const request = new Request(input, init);
        if (new URL(request.url).hostname !== "hooks.example") return fetch(input, init);
        calls.push({ url: request.url, body: await request.text(), headers: request.headers });
        const status = statuses.shift() ?? 204;
        if (status === 0) throw new TypeError("no way there");
        return new Response(null, { status });
      },
    };
  }
  const notified = (hook: { fetch: typeof globalThis.fetch }): Partial<BrokerOptions> => ({
    fetch: hook.fetch,
    approvals: { notify: { url: "https://hooks.example/w", secret: new SealedCredential(SECRET) } },
  });

  test("says that something waits and where, signed; never what it is", async () => {
    const hook = webhook([]);
    await using place = await world({ broker: notified(hook) });
    const id = await wanted(place, await place.start());
    expect(hook.calls).toEqual([]);
    await Promise.all([place.broker.sweep(), place.broker.sweep()]);
    await place.broker.sweep();
    expect(hook.calls).toHaveLength(1);
    const [{ body, headers }] = hook.calls as [(typeof hook.calls)[0]];
    const kept = await place.store.approval(id);
    expect(JSON.parse(body)).toEqual({
      id,
      tenant: "acme",
      expires_at: kept?.expiresAt,
      uri: `${ISSUER}/approvals/${id}`,
    });
    const signed = `${headers.get("watchword-timestamp")}.${body}`;
    expect(headers.get("watchword-signature")).toBe(
      `v1=${createHmac("sha256", SECRET).update(signed).digest("hex")}`,
    );
    expect((await approvalRecords(place)).at(-1)).toMatchObject({
      approval: id,
      outcome: "notified",
      attempts: 1,
    });
    expect(JSON.stringify(await place.ledger())).not.toContain(SECRET);
  });

  test("is tried again with growing pauses, a bounded number of times, and its failure changes nothing", async () => {
    const hook = webhook([500, 0, 302, 404, 503, 200]);
    await using place = await world({ broker: notified(hook) });
    const run = await place.start();
    const action = refundOf("ch_a3", 19_000);
    const id = await wanted(place, run, action);
    const seconds = (): number => Math.floor(place.clock.now() / 1_000);
    for (const [index, wait] of [10, 60, 300, 900, null].entries()) {
      const before = seconds();
      await place.broker.sweep();
      const after = seconds();
      expect(hook.calls).toHaveLength(index + 1);
      const noticeAt = (await place.store.approval(id))?.progress.noticeAt ?? null;
      if (wait === null || noticeAt === null) {
        expect(noticeAt).toBe(wait);
        continue;
      }
      expect(noticeAt).toBeGreaterThanOrEqual(before + wait);
      expect(noticeAt).toBeLessThanOrEqual(after + wait);
      place.clock.advance(Math.max(0, noticeAt - seconds()));
    }
    place.clock.advance(100);
    await place.broker.sweep();
    expect(hook.calls).toHaveLength(5);
    expect((await approvalRecords(place)).at(-1)).toMatchObject({ outcome: "notice_failed", attempts: 5 });
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    expect((await place.store.approval(id))?.state).toBe("granted");
  });

  test("is given anew to those who may decide later", async () => {
    const hook = webhook([]);
    await using place = await world({ policy: ESCALATING, broker: notified(hook) });
    await wanted(place, await place.start());
    await place.broker.sweep();
    place.clock.advance(600);
    await place.broker.sweep();
    await place.broker.sweep();
    expect(hook.calls).toHaveLength(2);
  });

  test("reaches a listener in the same process once, whose failure changes nothing", async () => {
    const told: unknown[] = [];
    const onRequested = (notice: unknown): never => {
      told.push(notice);
      throw new Error("canary");
    };
    await using place = await world({ broker: { approvals: { onRequested } } });
    const run = await place.start();
    const action = refundOf("ch_a3", 19_000);
    const id = await wanted(place, run, action);
    await wanted(place, run, action);
    expect(told).toMatchObject([{ id, tenant: "acme" }]);
  });

  test.for(["http://hooks.example/w", "ftp://127.0.0.1/", "https://user@hooks.example/", "hooks"])(
    "does not go to %s",
    async (url) => {
      const notify = { url, secret: new SealedCredential(SECRET) };
      await expect(world({ broker: { approvals: { notify } } })).rejects.toMatchObject({
        reason: "configuration_invalid",
      });
    },
  );
});

test("of sixty-four decisions at once over two replicas, one counts", async () => {
  await using place = await world();
  await using store = await sqlite(join(place.directory, "watchword.db"));
  await using other: Broker = await createBroker({
    issuer: ISSUER,
    gateway: place.gatewayUrl,
    policy: parsePolicy([{ name: "policy.yaml", text: POLICY }]),
    store,
    keys: await fileKeys(join(place.directory, "keys")),
    systems: { payments: stripe({ baseUrl: place.twin.url }) },
    clock: place.clock,
    environment: "development",
    sweepMilliseconds: 0,
    verifiers: [
      await localKeyVerifier({
        directory: join(place.directory, "workload"),
        audience: ISSUER,
        clock: place.clock,
      }),
      await oidc({
        issuer: LOGIN,
        audience: ISSUER,
        jwks: place.login.jwks,
        algorithms: ["ES256"],
        uses: ["approver"],
        clock: place.clock,
      }),
    ],
  });
  const run = await place.start();
  const action = refundOf("ch_a3", 19_000);
  const id = await wanted(place, run, action);
  const outcomes = await Promise.all(
    Array.from({ length: 64 }, async (_, index) =>
      (index % 2 === 0 ? place.broker : other).approvals
        .decide(id, {
          token: await lead(place, `lead-${index}`),
          verdict: index % 3 === 0 ? "deny" : "approve",
        })
        .then(
          ({ state }) => state,
          (error: { reason: string }) => error.reason,
        ),
    ),
  );
  expect(outcomes.filter((outcome) => outcome === "granted" || outcome === "denied")).toHaveLength(1);
  expect(outcomes.filter((outcome) => outcome === "approval_mismatch")).toHaveLength(63);
  const decided = (await approvalRecords(place)).filter(({ outcome }) => outcome !== "refused");
  expect(decided).toHaveLength(1);
  expect((await place.store.approval(id))?.state).toBe(decided[0]?.["outcome"]);
});
