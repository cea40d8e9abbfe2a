import { stripeCatalogue } from "@watchword/adapter-stripe/catalogue";
import { type ApprovalStatus, approvalUrl, money, signProof, system } from "@watchword/core";
import {
  bind,
  createRuntime,
  guard,
  httpBroker,
  waitForApproval,
  withdrawApproval,
} from "@watchword/middleware";
import { describe, expect, test } from "vitest";
import { type Served, asRun, lead, served, wanted } from "./approval-place.ts";
import { ISSUER, type TestRun, type TestWorld, effects, refundOf, world } from "./world.ts";

type Events = AsyncGenerator<string, undefined>;

/** What comes over the wire, event by event. */
async function* eventsOf(response: Response): Events {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    rest += decoder.decode(chunk, { stream: true });
    const whole = rest.split("\n\n");
    rest = whole.pop() ?? "";
    yield* whole;
  }
  return undefined;
}

async function open(
  place: TestWorld,
  http: Served,
  run: TestRun,
  id: string,
  signal?: AbortSignal,
): Promise<{ response: Response; events: Events }> {
  const response = await fetch(`${http.url}/approvals/${id}/events`, {
    headers: await asRun(place, run, id, "events"),
    ...(signal === undefined ? {} : { signal }),
  });
  return { response, events: eventsOf(response) };
}

const stateIn = (event: string | undefined): string =>
  (JSON.parse(/^event: state\ndata: (.*)$/.exec(event ?? "")?.[1] ?? "{}") as { state?: string }).state ??
  "none";
const next = async (events: Events): Promise<string | undefined> => (await events.next()).value;

describe("a runtime that waits", () => {
  test("hears of the decision as it is made, and the stream ends", async () => {
    await using place = await world();
    await using http = await served(place);
    const run = await place.start();
    const id = await wanted(place, run);
    const { response, events } = await open(place, http, run, id);
    expect(response.headers.get("content-type")).toBe("text/event-stream");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const first = await next(events);
    expect(first).not.toContain("txn");
    expect(stateIn(first)).toBe("pending");
    await place.broker.approvals.decide(id, { token: await lead(place), verdict: "approve" });
    expect(stateIn(await next(events))).toBe("granted");
    expect(await next(events)).toBeUndefined();
  });

  test.for<{ name: string; end: (place: TestWorld, id: string) => Promise<unknown>; state: string }>([
    { name: "withdrawn", end: (place, id) => place.broker.approvals.withdraw(id), state: "withdrawn" },
    {
      name: "expired",
      end: async (place) => {
        place.clock.advance(1_800);
        await place.broker.sweep();
      },
      state: "expired",
    },
    {
      name: "denied",
      end: async (place, id) =>
        place.broker.approvals.decide(id, { token: await lead(place), verdict: "deny" }),
      state: "denied",
    },
  ])("hears that it was $name", async ({ end, state }) => {
    await using place = await world();
    await using http = await served(place);
    const run = await place.start();
    const id = await wanted(place, run);
    const { events } = await open(place, http, run, id);
    await next(events);
    await end(place, id);
    expect(stateIn(await next(events))).toBe(state);
    expect(await next(events)).toBeUndefined();
  });

  test("sees what another replica recorded, when it looks next, and signs of life meanwhile", async () => {
    const looks: (() => void)[] = [];
    const schedule = (fn: () => void): (() => void) => {
      looks.push(fn);
      return () => void looks.splice(looks.indexOf(fn), 1);
    };
    await using place = await world({ broker: { approvals: { schedule } } });
    const run = await place.start();
    const id = await wanted(place, run);
    const caller = async (): Promise<{ token: string; proof: string }> => ({
      token: run.token,
      proof: (await asRun(place, run, id, "events"))["dpop"] ?? "",
    });
    const states = await place.broker.approvals.watch(id, await caller(), new AbortController().signal);
    expect((await states.next()).value?.state).toBe("pending");
    const sign = states.next();
    for (let look = 0; look < 14; look++) {
      await expect.poll(() => looks.length).toBe(1);
      looks[0]?.();
    }
    expect(await sign).toEqual({ done: false, value: null });
    const decided = states.next();
    await expect.poll(() => looks.length).toBe(1);
    const entry = { kind: "approval", at: place.clock.now(), tenant: "acme", body: {} } as const;
    await place.store.decideApproval(
      id,
      "granted",
      "elsewhere",
      Math.floor(place.clock.now() / 1_000),
      entry,
    );
    looks[0]?.();
    expect((await decided).value?.state).toBe("granted");
    expect((await states.next()).done).toBe(true);
  });

  test("holds nothing up: a listener that closes ends its streams, and who leaves is forgotten", async () => {
    await using place = await world();
    const http = await served(place);
    const run = await place.start();
    const id = await wanted(place, run);
    for (let round = 0; round < 10; round++) {
      const leaving = new AbortController();
      const { response, events } = await open(place, http, run, id, leaving.signal);
      if (response.status === 503) {
        // The one before has not been noticed to be gone yet; it is, before long.
        await response.body?.cancel();
        continue;
      }
      await next(events);
      leaving.abort();
      await events.next().catch(() => undefined);
    }
    const { events } = await open(place, http, run, id);
    await next(events);
    await http[Symbol.asyncDispose]();
    expect(await events.next().catch(() => ({ value: undefined }))).toMatchObject({ value: undefined });
  });

  test("may not open streams without end: the ninth is told to ask instead", async () => {
    await using place = await world();
    await using http = await served(place);
    const run = await place.start();
    const id = await wanted(place, run);
    const streams = await Promise.all(Array.from({ length: 8 }, () => open(place, http, run, id)));
    for (const { response } of streams) expect(response.status).toBe(200);
    const ninth = await http.ask(`/approvals/${id}/events`, {
      headers: await asRun(place, run, id, "events"),
    });
    expect([ninth.status, ninth.body["reason"]]).toEqual([503, "broker_unavailable"]);
    const asked = await http.ask(`/approvals/${id}/state`, { headers: await asRun(place, run, id, "state") });
    expect(asked.body).toMatchObject({ id, state: "pending", interval: 5 });
    for (const { events } of streams) await events.return(undefined);
  });

  test("may be a later run of the same thread and agent, and nobody else", async () => {
    await using place = await world();
    await using http = await served(place);
    const id = await wanted(place, await place.start({ thread: "t-1" }));
    const ask = async (run: TestRun): Promise<unknown[]> => {
      const { status, body } = await http.ask(`/approvals/${id}/state`, {
        headers: await asRun(place, run, id, "state"),
      });
      return [status, body["reason"] ?? body["state"]];
    };
    expect(await ask(await place.start({ thread: "t-1" }))).toEqual([200, "pending"]);
    for (const start of [
      { thread: "t-2" },
      { thread: "t-1", agent: "support@4" },
      { thread: "t-1", user: "mallory" },
      { thread: "t-1", tenant: "globex", user: "gina" },
    ])
      expect(await ask(await place.start(start))).toEqual([403, "approval_mismatch"]);
  });

  test.for<{
    name: string;
    headers: (place: TestWorld, run: TestRun, id: string) => Promise<Record<string, string>>;
    reason: string;
  }>([
    { name: "nothing", headers: async () => ({}), reason: "token_malformed" },
    {
      name: "the run token as Bearer",
      headers: async (_, run) => ({ authorization: `Bearer ${run.token}` }),
      reason: "token_malformed",
    },
    {
      name: "an approver's token",
      headers: async (place, run, id) => ({
        ...(await asRun(place, run, id, "state")),
        authorization: `DPoP ${await lead(place)}`,
      }),
      reason: "token_wrong_type",
    },
    {
      name: "a proof for the events",
      headers: (place, run, id) => asRun(place, run, id, "state", { url: approvalUrl(ISSUER, id, "events") }),
      reason: "proof_invalid",
    },
    {
      name: "a proof for another method",
      headers: (place, run, id) => asRun(place, run, id, "state", { method: "POST" }),
      reason: "proof_invalid",
    },
    {
      name: "an old proof",
      headers: async (place, run, id) => ({
        authorization: `DPoP ${run.token}`,
        dpop: await signProof(
          run.key,
          { method: "GET", url: approvalUrl(ISSUER, id, "state"), token: run.token },
          Math.floor(place.clock.now() / 1_000) - 120,
        ),
      }),
      reason: "proof_invalid",
    },
  ])("learns nothing with $name", async ({ headers, reason }) => {
    await using place = await world();
    await using http = await served(place);
    const run = await place.start();
    const id = await wanted(place, run);
    const answer = await http.ask(`/approvals/${id}/state`, { headers: await headers(place, run, id) });
    expect([answer.status, answer.body["reason"]]).toEqual([401, reason]);
    expect(answer.headers.get("www-authenticate")).toMatch(/^DPoP /);
  });

  test("learns nothing once its run has ended", async () => {
    await using place = await world();
    await using http = await served(place);
    const run = await place.start();
    const id = await wanted(place, run);
    await place.broker.runs.kill(run.id);
    const answer = await http.ask(`/approvals/${id}/state`, {
      headers: await asRun(place, run, id, "state"),
    });
    expect([answer.status, answer.body["reason"]]).toEqual([401, "run_ended"]);
  });

  test("is asked for the broker's nonce where proofs must hold one", async () => {
    await using place = await world({ broker: { proofNonce: "off" } });
    const run = await place.start();
    const id = await wanted(place, run);
    await using strict = await world({ directory: place.directory, broker: { proofNonce: "required" } });
    await using http = await served(strict);
    const ask = async (nonce?: string): ReturnType<Served["ask"]> =>
      http.ask(`/approvals/${id}/state`, {
        headers: await asRun(place, run, id, "state", nonce === undefined ? {} : { nonce }),
      });
    const first = await ask();
    expect([first.status, first.body["reason"]]).toEqual([401, "proof_nonce_required"]);
    const second = await ask(first.headers.get("dpop-nonce") ?? "");
    expect([second.status, second.body["state"]]).toEqual([200, "pending"]);
    const client = httpBroker({ issuer: ISSUER, url: http.url }).approvals;
    const dpop = (nonce?: string): Promise<string> =>
      asRun(place, run, id, "state", nonce === undefined ? {} : { nonce }).then(
        (headers) => headers["dpop"] ?? "",
      );
    expect(await client?.state({ approvalId: id, runToken: run.token, dpop })).toMatchObject({
      state: "pending",
    });
  });
});

describe("over the client of the middleware", () => {
  const question = (
    place: TestWorld,
    run: TestRun,
    id: string,
    about: "state" | "events" | "withdrawal",
  ) => ({
    approvalId: id,
    runToken: run.token,
    dpop: async () => (await asRun(place, run, id, about))["dpop"] ?? "",
  });

  test.for(["HTTP", "the same process"])("events, state and withdrawal are the same: %s", async (way) => {
    await using place = await world();
    await using http = await served(place);
    const client =
      way === "HTTP"
        ? httpBroker({ issuer: ISSUER, url: http.url }).approvals
        : place.broker.client.approvals;
    if (client === undefined) throw new Error("no approvals");
    const run = await place.start();
    const id = await wanted(place, run);
    const seen: ApprovalStatus[] = [];
    for await (const status of client.events(
      question(place, run, id, "events"),
      new AbortController().signal,
    )) {
      seen.push(status);
      if (status.state === "pending")
        expect(await client.withdraw(question(place, run, id, "withdrawal"))).toBe(true);
    }
    expect(seen.map(({ state }) => state)).toEqual(["pending", "withdrawn"]);
    expect(await client.state(question(place, run, id, "state"))).toEqual(seen.at(-1));
    expect(await client.withdraw(question(place, run, id, "withdrawal"))).toBe(false);
    const other = await place.start();
    await expect(client.state(question(place, other, id, "state"))).rejects.toMatchObject({
      reason: "approval_mismatch",
    });
  });

  test("a tool's action waits, is decided by a person, and happens once; all of it over HTTP", async () => {
    await using place = await world();
    await using http = await served(place);
    const payments = system("payments", stripeCatalogue);
    const refund = guard(
      {
        name: "refund",
        execute: async ({ charge, cents }: { charge: string; cents: number }, { credential }) => {
          const response = await credential.fetch("https://api.stripe.com/v1/refunds", {
            method: "POST",
            body: new URLSearchParams({ charge, amount: String(cents) }),
          });
          return response.status;
        },
      },
      bind(payments.refundsCreate, ({ charge, cents }: { charge: string; cents: number }) => ({
        charge,
        amount: money(cents, "minor"),
      })),
    );
    const runtime = createRuntime({
      broker: httpBroker({ issuer: ISSUER, url: http.url }),
      workload: () => place.workloadToken(),
      agent: "support@3",
      clock: place.clock,
    });
    const user = { token: await place.userToken("dana", { org_id: "acme" }) };
    const call = { charge: "ch_a3", cents: 19_000 };
    const result = await runtime.run({ user }, async () => {
      const denied = await refund.execute(call);
      const pending = runtime.pending((denied as { approval_id: string }).approval_id);
      if (pending === undefined) throw new Error("nothing waits");
      expect(pending.interval).toBe(5);
      expect(effects(place)).toBe(0);
      const waiting = waitForApproval(pending);
      const decided = await http.ask(`/approvals/${pending.approval_id}/decision`, {
        token: await lead(place),
        body: { verdict: "approve" },
      });
      expect(decided.status).toBe(200);
      expect(await waiting).toBe("granted");
      expect(await waitForApproval(pending)).toBe("granted");
      const done = await refund.execute(call, { pending });
      expect(await refund.execute(call, { pending })).toMatchObject({ reason: "approval_spent" });
      return done;
    });
    expect(result).toBe(200);
    expect(effects(place)).toBe(1);
  });

  test("outside of a run nobody waits", async () => {
    const pending = {
      approval_id: "apr_1",
      txn: "t",
      tool: "refund",
      call_id: "c",
      action: refundOf("ch_1"),
    };
    await expect(waitForApproval(pending)).rejects.toMatchObject({ reason: "no_run" });
    await expect(withdrawApproval(pending)).rejects.toMatchObject({ reason: "no_run" });
  });
});
