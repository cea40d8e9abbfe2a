import { request as httpRequest } from "node:http";
import {
  type BrokerClient,
  REASONS,
  type Reason,
  type Refusal,
  type TokenAnswer,
  type TokenRequest,
  isReason,
} from "@watchword/core";
import { listen } from "@watchword/gateway";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAX_FORM_BYTES, brokerHttp } from "../src/http/index.ts";
import { type TestWorld, world } from "./world.ts";

const FORM = "application/x-www-form-urlencoded";
/** Planted where tokens stand; it must be in no answer and no log. */
const CANARY = "canary_5d0e_must_never_be_seen";

let place: TestWorld;
let honest: TokenRequest;
const told: Refusal[] = [];
beforeAll(async () => {
  place = await world();
  await place.tryStart({ change: (request) => (honest = request) && { ...request, grant_type: "not-sent" } });
});
afterAll(() => place[Symbol.asyncDispose]());

const formOf = ({ dpop: _, ...form }: TokenRequest): string =>
  new URLSearchParams(Object.entries(form)).toString();
const without = (name: string): string =>
  formOf(honest)
    .replace(new RegExp(`(^|&)${name}=[^&]*`), "")
    .replace(/^&/, "");

interface Sent {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
}

async function send(
  sent: Sent,
): Promise<{ status: number; headers: Headers; body: Record<string, unknown>; text: string }> {
  const app = brokerHttp({ client: place.broker.client, onRefusal: (refusal) => void told.push(refusal) });
  const response = await app.fetch(
    new Request(`http://broker.test${sent.path ?? "/token"}`, {
      method: sent.method ?? "POST",
      headers: { "content-type": FORM, dpop: String(honest.dpop), ...sent.headers },
      ...(sent.method === "GET" ? {} : { body: sent.body ?? formOf(honest) }),
    }),
  );
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: JSON.parse(text) as Record<string, unknown>,
    text,
  };
}

/** What a start or an act leaves behind. */
async function traces(): Promise<number> {
  return (await place.ledger()).filter(({ kind }) => kind !== "decision").length;
}

describe("what is not one well-formed token request is refused, and starts nothing", () => {
  test.for<{ name: string; sent: () => Sent; reason?: Reason; status?: number }>([
    { name: "an empty body", sent: () => ({ body: "" }) },
    {
      name: "JSON",
      sent: () => ({ body: JSON.stringify(honest), headers: { "content-type": "application/json" } }),
    },
    {
      name: "a form that calls itself JSON",
      sent: () => ({ headers: { "content-type": "application/json" } }),
    },
    { name: "a form that calls itself text", sent: () => ({ headers: { "content-type": "text/plain" } }) },
    {
      name: "a multipart form",
      sent: () => ({ headers: { "content-type": "multipart/form-data; boundary=x" } }),
    },
    {
      name: "a form in another charset",
      sent: () => ({ headers: { "content-type": `${FORM}; charset=utf-16` } }),
    },
    { name: "a form of two types", sent: () => ({ headers: { "content-type": `${FORM}, ${FORM}` } }) },
    { name: "a coded body", sent: () => ({ headers: { "content-encoding": "gzip" } }) },
    { name: "a parameter twice", sent: () => ({ body: `${formOf(honest)}&subject_token=${CANARY}` }) },
    {
      name: "a parameter twice, once without a value",
      sent: () => ({ body: `${formOf(honest)}&scope=&scope=` }),
    },
    { name: "an unknown parameter twice", sent: () => ({ body: `${formOf(honest)}&x=1&x=2` }) },
    {
      name: "a parameter twice, once spelt in percents",
      sent: () => ({ body: `${formOf(honest)}&subject%5ftoken=${CANARY}` }),
    },
    { name: "a parameter in the query too", sent: () => ({ path: `/token?subject_token=${CANARY}` }) },
    { name: "everything in the query", sent: () => ({ path: `/token?${formOf(honest)}`, body: "" }) },
    { name: "broken percent-encoding", sent: () => ({ body: `${formOf(honest)}&x=%zz` }) },
    { name: "half of a character", sent: () => ({ body: `${formOf(honest)}&x=%c3` }) },
    {
      name: "bytes that are not UTF-8",
      sent: () => ({ body: new Uint8Array([...Buffer.from(`${formOf(honest)}&x=`), 0xff]) }),
    },
    { name: "a NUL", sent: () => ({ body: `${formOf(honest)}&x=%00` }) },
    {
      name: "a body that is too long",
      sent: () => ({ body: `${formOf(honest)}&x=${"a".repeat(MAX_FORM_BYTES)}` }),
    },
    {
      name: "a client secret in the form",
      sent: () => ({ body: `${formOf(honest)}&client_secret=${CANARY}` }),
    },
    { name: "a client secret in a header", sent: () => ({ headers: { authorization: `Basic ${CANARY}` } }) },
    { name: "a client assertion", sent: () => ({ body: `${formOf(honest)}&client_assertion=${CANARY}` }) },
    { name: "no grant type", sent: () => ({ body: without("grant_type") }) },
    { name: "an empty grant type", sent: () => ({ body: `${without("grant_type")}&grant_type=` }) },
    { name: "another grant", sent: () => ({ body: `${without("grant_type")}&grant_type=password` }) },
    { name: "no subject token", sent: () => ({ body: without("subject_token") }) },
    { name: "an empty actor token", sent: () => ({ body: `${without("actor_token")}&actor_token=` }) },
    {
      name: "a token that is not one",
      sent: () => ({ body: `${without("actor_token")}&actor_token=${CANARY}` }),
      reason: "token_malformed",
    },
    { name: "an empty proof", sent: () => ({ headers: { dpop: "" } }), reason: "proof_invalid" },
    {
      name: "two proofs in one header",
      sent: () => ({ headers: { dpop: `${String(honest.dpop)}, ${String(honest.dpop)}` } }),
      reason: "proof_invalid",
    },
    { name: "a proof that is not one", sent: () => ({ headers: { dpop: CANARY } }), reason: "proof_invalid" },
    { name: "GET", sent: () => ({ method: "GET" }), status: 405 },
    { name: "PUT", sent: () => ({ method: "PUT" }), status: 405 },
  ])("$name", async ({ sent, reason = "request_malformed", status = 400 }) => {
    const before = await traces();
    const answer = await send(sent());
    expect([answer.status, answer.body["reason"], answer.body["error"]]).toEqual([
      status,
      reason,
      REASONS[reason].oauth,
    ]);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.text).not.toContain(CANARY);
    expect(Object.keys(answer.body)).not.toContain("ok");
    expect(await traces()).toBe(before);
  });

  test("and no log of it holds a token", () => {
    expect(told.length).toBeGreaterThan(10);
    for (const refusal of told) expect(`${refusal.stack}${String(refusal.cause)}`).not.toContain(CANARY);
  });
});

describe("a well-formed request", () => {
  test("is answered as in the same process: RFC 8693 names, not to be stored", async () => {
    const answer = await send({
      body: `${formOf(honest)}&client_id=unknown-to-us&scope=`,
      headers: { "content-type": `${FORM};charset=UTF-8` },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({
      issued_token_type: "urn:watchword:token-type:agent-run",
      token_type: "DPoP",
      run: { tenant: "acme" },
    });
    // Less when a second begins between the start and its answer.
    expect(answer.body["expires_in"]).toBeTypeOf("number");
    expect(answer.body["expires_in"]).toBeLessThanOrEqual(600);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(Object.keys(answer.body)).not.toContain("ok");
    expect(Object.keys(answer.body)).not.toContain("refresh_token");
  });

  test("is answered once: its proof is spent", async () => {
    expect((await send({})).body["reason"]).toBe("token_replayed");
  });
});

describe("the end of a run", () => {
  test.for<{ name: string; sent: Sent; reason: Reason }>([
    { name: "without a token", sent: { body: "" }, reason: "request_malformed" },
    { name: "with two tokens", sent: { body: "token=a&token=b" }, reason: "request_malformed" },
    { name: "with a token that is not one", sent: { body: `token=${CANARY}` }, reason: "token_malformed" },
  ])("$name is refused", async ({ sent, reason }) => {
    const answer = await send({ ...sent, path: "/runs/end" });
    expect([answer.status, answer.body["reason"]]).toEqual([400, reason]);
    expect(answer.text).not.toContain(CANARY);
  });

  test("without a proof is refused", async () => {
    const app = brokerHttp(place.broker);
    const response = await app.request("/runs/end", {
      method: "POST",
      headers: { "content-type": FORM },
      body: `token=${CANARY}`,
    });
    expect([response.status, await response.json()]).toMatchObject([400, { error: "invalid_dpop_proof" }]);
  });
});

describe("every reason has one status over HTTP", () => {
  const answering = (answer: () => Promise<TokenAnswer>): BrokerClient => ({
    issuer: "https://broker.test.example",
    token: answer,
    endRun: async () => undefined,
  });
  const post = (client: BrokerClient): Promise<Response> =>
    Promise.resolve(
      brokerHttp({ client }).request("/token", {
        method: "POST",
        headers: { "content-type": FORM },
        body: "grant_type=a&subject_token=b&subject_token_type=c",
      }),
    );

  test("and a system that wants to be left alone says for how long", async () => {
    const { oauth, text } = REASONS.rate_limited;
    const limited = { ok: false, error: oauth, error_description: text, reason: "rate_limited" } as const;
    const response = await post(answering(async () => ({ ...limited, retryable: true, retry_after: 90 })));
    expect([response.status, response.headers.get("retry-after")]).toEqual([503, "90"]);
    expect(await response.json()).toMatchObject({ reason: "rate_limited", retry_after: 90 });
  });

  test.for(Object.keys(REASONS).filter(isReason))("%s", async (reason) => {
    const { oauth, text } = REASONS[reason];
    const response = await post(
      answering(async () => ({ ok: false, error: oauth, error_description: text, reason, retryable: false })),
    );
    const statuses: Readonly<Record<string, number>> = {
      temporarily_unavailable: 503,
      server_error: 500,
      invalid_client: 401,
    };
    const expected = statuses[oauth] ?? 400;
    expect(response.status).toBe(expected);
    expect(response.headers.has("retry-after")).toBe(expected === 503);
    expect(response.headers.has("www-authenticate")).toBe(expected === 401);
    expect(await response.json()).toEqual({
      error: oauth,
      error_description: text,
      reason,
      retryable: false,
    });
  });

  test("two proofs, or one that is none, do not reach the exchange", async () => {
    let asked = 0;
    const app = brokerHttp({ client: answering(() => (asked++, Promise.reject(new TypeError("asked")))) });
    for (const dpop of ["a.b.c, d.e.f", "a.b.c,a.b.c", "a b", "ä"]) {
      const response = await app.request("/token", {
        method: "POST",
        headers: { "content-type": FORM, dpop },
        body: "grant_type=a&subject_token=b&subject_token_type=c",
      });
      expect([response.status, await response.json()]).toMatchObject([400, { reason: "proof_invalid" }]);
    }
    expect(asked).toBe(0);
  });

  test("what nobody planned for is the fixed answer of an internal error, without a word of it", async () => {
    const response = await post(answering(() => Promise.reject(new TypeError(CANARY))));
    const text = await response.text();
    expect([response.status, JSON.parse(text)]).toMatchObject([
      500,
      { error: "server_error", reason: "internal" },
    ]);
    expect(text).not.toMatch(/canary|at .*\.ts/);
  });
});

describe("behind a listener", () => {
  test("two DPoP headers, a longer body than any honest one, and an unknown path are refused", async () => {
    await using stack = new AsyncDisposableStack();
    const listener = await listen({ host: "127.0.0.1", port: 0, maxRequestBytes: MAX_FORM_BYTES });
    stack.defer(() => listener.close());
    const app = brokerHttp(place.broker);
    listener.serve(async (request) => app.fetch(request));
    const before = await traces();
    const post = (path: string, headers: Record<string, string | string[]>, body: string): Promise<number> =>
      new Promise((resolve, reject) => {
        const outgoing = httpRequest(`${listener.url}${path}`, { method: "POST", headers }, (incoming) => {
          incoming.resume();
          incoming.once("end", () => resolve(incoming.statusCode ?? 0));
        });
        outgoing.once("error", reject);
        outgoing.end(body);
      });
    expect(await post("/token", { "content-type": FORM, dpop: ["a.b.c", "a.b.c"] }, formOf(honest))).toBe(
      400,
    );
    expect(await post("/token", { "content-type": FORM }, "a".repeat(MAX_FORM_BYTES + 1))).toBe(400);
    expect(await post("/authorize", { "content-type": FORM }, formOf(honest))).toBe(404);
    expect((await fetch(`${listener.url}/healthz`)).status).toBe(200);
    expect(await traces()).toBe(before);
  });
});
