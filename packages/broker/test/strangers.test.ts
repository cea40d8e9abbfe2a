import { request as post } from "node:http";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { type BrokerClient, newAction } from "@watchword/core";
import { listen } from "@watchword/gateway";
import { httpBroker } from "@watchword/middleware";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { MAX_FORM_BYTES, brokerHttp, operatorsHttp } from "../src/http/index.ts";
import { lead, wanted } from "./approval-place.ts";
import { type HandTime, handTime } from "./hand-time.ts";
import { operatorsPlace } from "./operators-place.ts";
import { proofFor } from "./token-desk.ts";
import { unauthenticatedRequests } from "./unauthenticated-requests.ts";
import { ISSUER, type TestRun, type TestWorld, refundOf, world } from "./world.ts";

/** Strangers who are answered at once after a quiet time, and those who wait for their turn afterwards at most. */
const AT_ONCE = 10;
const MOST_WAITING = 256;

let place: TestWorld;
let own: BrokerClient;
beforeAll(async () => {
  place = await world({
    client: (given) => {
      own = given;
      return httpBroker({ issuer: ISSUER, fetch: (url, init) => atOnce(new Request(url, init)) });
    },
  });
});
afterAll(() => place[Symbol.asyncDispose]());

let time: HandTime;
let app: ReturnType<typeof brokerHttp>;
beforeEach(() => {
  time = handTime();
  app = brokerHttp({ ...place.broker, client: own, time });
});

interface Asked {
  /** What comes first: an answer, or that it waits for its turn. */
  readonly first: "answered" | "waits";
  readonly answer: Promise<Response>;
  /** Goes away. */
  readonly leave: () => void;
}

async function ask(request: Request): Promise<Asked> {
  const leaving = new AbortController();
  const waits = new Promise<"waits">((resolve) =>
    // Only what waits looks at it.
    Object.defineProperty(request, "signal", { get: () => (resolve("waits"), leaving.signal) }),
  );
  const answer = Promise.resolve(app.fetch(request));
  const first = await Promise.race([waits, answer.then(() => "answered" as const)]);
  return { first, answer, leave: () => leaving.abort() };
}

/** The answer to what is never to wait; in these tests no time passes by itself. @throws Error when it does wait */
async function atOnce(request: Request): Promise<Response> {
  const { first, answer } = await ask(request);
  if (first === "waits") throw new Error("it waits");
  return answer;
}

const garbage = (): Request => new Request(`${ISSUER}/token`, { method: "POST", body: "garbage" });

/** As many strangers as it takes for the next one to wait, and as many more as are asked for. */
async function strangers(waiting: number): Promise<Asked[]> {
  const all: Asked[] = [];
  for (let index = 0; index < AT_ONCE + waiting; index++) all.push(await ask(garbage()));
  expect(all.map(({ first }) => first)).toEqual([
    ...Array.from({ length: AT_ONCE }, () => "answered"),
    ...Array.from({ length: waiting }, () => "waits"),
  ]);
  return all.slice(AT_ONCE);
}

const read = (run: TestRun, charge: string): ReturnType<TestWorld["act"]> =>
  place.act(
    run,
    newAction({ system: "payments", operation: "charges.retrieve", resource: {}, arguments: { charge } }),
  );

test("strangers who ask as fast as they are answered get a hundred answers a second, in the order in which they asked", async () => {
  const waiting = await strangers(5);
  const answered: number[] = [];
  for (const [index, { answer }] of waiting.entries()) void answer.then(() => answered.push(index));
  time.pass(9);
  await new Promise(setImmediate);
  expect(answered).toEqual([]);
  for (let turn = 1; turn <= 5; turn++) {
    time.pass(10);
    await waiting[turn - 1]?.answer;
    expect(answered).toEqual(Array.from({ length: turn }, (_, index) => index));
  }
  expect((await ask(garbage())).first, "it is not over before it is quiet").toBe("waits");
  time.pass(10 + AT_ONCE * 10);
  await strangers(1);
});

test("every no to somebody whom nothing vouches for waits alike, whatever is wrong and wherever it was asked", async () => {
  await strangers(1);
  const kinds = [
    ...(await unauthenticatedRequests(8)).map(({ path, headers, body }) => ({
      path,
      init: { method: "POST", headers, body },
    })),
    { path: "/token", init: { method: "GET" } },
    { path: "/nowhere", init: { method: "GET" } },
    { path: "/approvals", init: { method: "GET" } },
    { path: "/approvals/login/callback?code=x&state=y", init: { method: "GET" } },
    { path: "/connections/consent?code=x&state=y", init: { method: "GET" } },
    { path: "/policy/projection", init: { method: "GET" } },
    {
      path: "/denials",
      init: { method: "POST", body: new URLSearchParams({ token: "x", batch: "y" }) },
    },
  ];
  const asked = await Promise.all(
    kinds.map(async ({ path, init }) => ({
      path,
      ...(await ask(new Request(`${ISSUER}${path}`, init))),
    })),
  );
  expect(asked.filter(({ first }) => first !== "waits").map(({ path }) => path)).toEqual([]);
  time.pass(10 + kinds.length * 10);
  for (const { answer } of asked)
    expect(await (await answer).text()).not.toMatch(/access_token|"active":true/);
});

test("who is known waits for nothing, allowed or refused, while strangers wait; and each is recorded", async () => {
  const run = await place.start();
  await strangers(MOST_WAITING);
  const before = (await place.ledger()).length;
  expect(await read(run, "ch_a1")).toMatchObject({ ok: true });
  expect(await read(run, "ch_g1")).toMatchObject({ ok: false, reason: "tenant_mismatch" });
  expect(await place.start({ user: "rosa" })).toMatchObject({ agent: "support@3" });
  expect(await place.tryStart({ agent: "nobody@1" })).toMatchObject({ reason: "agent_not_allowed" });
  const recorded = (await place.ledger()).slice(before).map(({ kind, body }) => [kind, body["outcome"]]);
  expect(recorded).toEqual([
    ["intent", "allow"],
    ["outcome", "minted"],
    ["decision", "deny"],
    ["run_started", undefined],
    ["decision", "deny"],
  ]);
  expect((await atOnce(new Request(`${ISSUER}/jwks`))).status).toBe(200);
  expect((await atOnce(new Request(`${ISSUER}/healthz`))).status).toBe(200);
});

test("an approver is told at once of another tenant's approval what they are told of none: the time is no oracle", async () => {
  const run = await place.start();
  const theirs = await wanted(place, run, refundOf("ch_a3", 19_000));
  await strangers(1);
  const token = await lead(place, "gustav", { org_id: "globex" });
  const answers = await Promise.all(
    [theirs, `apr_${"0".repeat(32)}`].map(async (id) => {
      const headers = { authorization: `Bearer ${token}` };
      const response = await atOnce(new Request(`${ISSUER}/approvals/${id}`, { headers }));
      return [response.status, await response.text()];
    }),
  );
  expect(answers[0]).toEqual(answers[1]);
});

test("a holder hears at once of its own token, and waits like a stranger for what it does not hold", async () => {
  const [run, other] = [await place.start(), await place.start()];
  await strangers(1);
  const asks = async (path: "/introspect" | "/revoke", token: string, key = run.key): Promise<string> => {
    const headers = { authorization: `DPoP ${token}`, dpop: await proofFor(place, path, key, token) };
    const body = new URLSearchParams({ token });
    return (await ask(new Request(`${ISSUER}${path}`, { method: "POST", headers, body }))).first;
  };
  expect(await asks("/introspect", run.token)).toBe("answered");
  expect(await asks("/introspect", other.token)).toBe("waits");
  expect(await asks("/introspect", "x".repeat(43))).toBe("waits");
  expect(await asks("/revoke", "x".repeat(43))).toBe("waits");
  expect(await asks("/revoke", other.token, other.key)).toBe("answered");
});

test("at the operators' API strangers wait, and operators do not, allowed or refused", async () => {
  await using desk = await operatorsPlace();
  const { operators } = desk.place.broker;
  if (operators === undefined) throw new Error("operators are declared");
  app = operatorsHttp({ operators, time });
  const asks = async (token: string, path: string): Promise<Asked> =>
    ask(new Request(`${ISSUER}${path}`, { headers: { authorization: `Bearer ${token}` } }));
  for (let index = 0; index < AT_ONCE; index++) await asks("x", "/v1/tenants");
  for (const path of ["/v1/tenants", "/nowhere"]) expect((await asks("x", path)).first).toBe("waits");
  const allowed = await asks(await desk.token("viewer"), "/v1/tenants");
  const refused = await asks(await desk.token("policy"), "/v1/tenants");
  expect([allowed.first, (await allowed.answer).status]).toEqual(["answered", 200]);
  expect([refused.first, (await refused.answer).status]).toEqual(["answered", 403]);
});

test("a stranger's revocation is no occasion to go through what is due", async () => {
  place.clock.advance(61);
  const counted = async (): Promise<number> =>
    (await place.ledger()).filter(({ body }) => body["count"] !== undefined).length;
  const run = await place.start();
  await own.token({ grant_type: "x", subject_token: "x", subject_token_type: "x" });
  const before = await counted();
  const token = "x".repeat(43);
  const proof = await proofFor(place, "/revoke", run.key, token);
  expect(await place.broker.tokens.revoke({ token, proof })).toBe("nothing");
  expect(await counted()).toBe(before);
  const itsOwn = await proofFor(place, "/revoke", run.key, run.token);
  expect(await place.broker.tokens.revoke({ token: run.token, proof: itsOwn })).toBe("token");
  expect(await counted()).toBe(before + 1);
});

test("no more than so many wait: one more is answered at once, and has to come by another connection", async () => {
  const waiting = await strangers(MOST_WAITING);
  const tooMany = await ask(garbage());
  expect(tooMany.first).toBe("answered");
  const response = await tooMany.answer;
  expect([response.status, response.headers.get("connection")]).toEqual([400, "close"]);
  waiting[0]?.leave();
  expect((await waiting[0]?.answer)?.headers.get("connection"), "who waited keeps theirs").toBe(null);
  expect((await ask(garbage())).first, "who leaves makes room").toBe("waits");
  expect((await ask(garbage())).first).toBe("answered");
});

test("what waits holds nothing of what it was sent, and is answered when the listener closes", async () => {
  const many = 64;
  const refused = Promise.withResolvers<void>();
  let count = 0;
  app = brokerHttp({
    ...place.broker,
    client: own,
    time,
    onRefusal: () => void (++count === many && refused.resolve()),
  });
  for (let index = 0; index < AT_ONCE; index++) await ask(garbage());
  count = 0;
  const listener = await listen({ host: "127.0.0.1", port: 0, maxRequestBytes: MAX_FORM_BYTES });
  listener.serve(async (request) => app.fetch(request));
  // A parameter that comes twice, which is seen at the end.
  const body = Buffer.from(`a=${"x".repeat(MAX_FORM_BYTES - 10)}&a=y`);
  const send = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const outgoing = post(`${listener.url}/token`, { method: "POST", headers, agent: false });
      outgoing.once("error", reject);
      outgoing.once("response", (incoming) => {
        incoming.resume();
        incoming.once("end", () => resolve(incoming.statusCode ?? 0));
      });
      outgoing.end(body);
    });
  const before = await held();
  const answers = Array.from({ length: many }, send);
  await refused.promise;
  expect(((await held()) - before) / many, "bytes of each").toBeLessThan(MAX_FORM_BYTES / 2);
  const statuses = Promise.all(answers);
  await listener.close();
  expect(await statuses).toEqual(answers.map(() => 400));
});

/** Bytes that this process cannot let go of, once what was let go of has been taken away: it is, besides, in another thread. */
async function held(): Promise<number> {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let turn = 0; turn < 4; turn++) {
    await new Promise(setImmediate);
    collect();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
