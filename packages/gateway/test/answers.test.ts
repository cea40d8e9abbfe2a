import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GatewayWorld, READ, REFUND, reasonOf, startDownstream } from "./gateway-world.ts";
import { SECRET } from "./lease-desk.ts";

let world: GatewayWorld;
beforeEach(
  async () =>
    void (world = await GatewayWorld.open({
      gateway: { maxResponseBytes: 4_096 },
    })),
);
afterEach(() => world[Symbol.asyncDispose]());

const refund = async (): Promise<Response> => world.refund(await world.desk.issue(world.signer, REFUND));
const read = async (): Promise<Response> => world.read(await world.desk.issue(world.signer, READ));

describe("a redirect is not followed and not passed on", () => {
  test.for([301, 302, 303, 307, 308])("%d to another server leaks nothing", async (status) => {
    const evil = await startDownstream();
    world.downstream.answer = (response) =>
      response.writeHead(status, { location: `${evil.url}/steal` }).end();
    const response = await refund();
    expect([response.status, reasonOf(response)]).toEqual([502, "target_refused"]);
    expect(response.headers.get("location")).toBeNull();
    expect(evil.seen).toEqual([]);
    expect(world.downstream.seen).toHaveLength(1);
    expect(world.desk.log).toEqual(["open", "claim", "settle:unknown"]);
    await new Promise((resolve) => evil.server.close(resolve));
  });

  test("nor is one to the same server, with another scheme, or 304", async () => {
    for (const [status, location] of [
      [307, `${world.downstream.url}/v1/payouts`],
      [302, "http://127.0.0.1:1/"],
      [304, ""],
    ] as const) {
      world.downstream.answer = (response) =>
        response.writeHead(status, location === "" ? {} : { location }).end();
      expect(reasonOf(await read())).toBe("target_refused");
    }
    expect(world.downstream.seen).toHaveLength(3);
  });
});

describe("a system that gives the credential back is not quoted", () => {
  const quoted = JSON.stringify(SECRET).slice(1, -1);
  test.for([
    { name: "in its body", body: `{"error":"bad key ${SECRET}"}` },
    { name: "escaped for JSON", body: `{"error":"${quoted}"}` },
    { name: "escaped for JSON, slashes too", body: `{"error":"${SECRET.replaceAll("/", "\\/")}"}` },
    {
      name: "escaped for JSON, by code points",
      body: `{"error":"${SECRET.replace("+", "\\u002b").replace("_", "\\u005F")}"}`,
    },
    { name: "percent-encoded", body: encodeURIComponent(SECRET) },
    { name: "percent-encoded in lower case", body: encodeURIComponent(SECRET).toLowerCase() },
    { name: "percent-encoded beyond need", body: SECRET.replaceAll("_", "%5F").replace("+", "%2B") },
    { name: "in base64, as its own text", body: Buffer.from(SECRET).toString("base64") },
    { name: "in base64, as a user", body: Buffer.from(`${SECRET}:`).toString("base64") },
    { name: "in base64, as a password", body: Buffer.from(`user:${SECRET}`).toString("base64") },
    { name: "in base64, as another password", body: Buffer.from(`us:${SECRET}x`).toString("base64url") },
    { name: "in a header that passes", body: "{}", headers: { "stripe-note": `key ${SECRET}` } },
    { name: "compressed", body: gzipSync(SECRET), headers: { "content-encoding": "gzip" } },
  ])("$name", async ({ body, headers = {} }) => {
    world.downstream.answer = (response) => response.writeHead(401, headers).end(body);
    const response = await refund();
    expect([response.status, reasonOf(response)]).toEqual([502, "downstream_refused"]);
    const text = (await response.text()) + JSON.stringify([...response.headers]);
    expect(text).not.toContain("canary");
    expect(world.desk.log).toEqual(["open", "claim", "settle:none"]);
  });
});

test("a system that gives back the password of a user is not quoted either", async () => {
  const password = "canary:pa55/word";
  for (const body of [password, encodeURIComponent(password), Buffer.from(password).toString("base64")]) {
    world.downstream.answer = (response) => response.writeHead(401).end(`{"error":"wrong password ${body}"}`);
    const handle = await world.desk.issue(world.signer, REFUND, `agent:${password}`);
    const response = await world.refund(handle);
    expect([response.status, reasonOf(response)], body).toEqual([502, "downstream_refused"]);
    expect(await response.text()).not.toContain(body);
  }
});

test("a system that gives back one part of a credential that has several is not quoted; its names and dates are no secret", async () => {
  const key = "canary/signing+key/of/forty/characters00";
  const session = JSON.stringify({ AccessKeyId: "ASIAEXAMPLEEXAMPLE01", SecretAccessKey: key });
  const answered = async (body: string): Promise<string | null> => {
    world.downstream.answer = (response) => response.writeHead(403).end(body);
    return reasonOf(await world.refund(await world.desk.issue(world.signer, REFUND, session)));
  };
  for (const body of [key, encodeURIComponent(key), Buffer.from(key).toString("base64")])
    expect(await answered(`<Error>${body}</Error>`)).toBe("downstream_refused");
  expect(await answered("<Error><AWSAccessKeyId>ASIAEXAMPLEEXAMPLE01</AWSAccessKeyId></Error>")).toBeNull();
});

describe("an answer that does not arrive", () => {
  // Only here is time short: elsewhere a busy machine would be taken for a silent system.
  const impatient = (): Promise<GatewayWorld> => GatewayWorld.open({ gateway: { timeoutMilliseconds: 150 } });

  test("within the time leaves a write unknown, and says so", async () => {
    await using waiting = await impatient();
    waiting.downstream.answer = () => undefined;
    const response = await waiting.refund(await waiting.desk.issue(waiting.signer, REFUND));
    expect([response.status, reasonOf(response)]).toEqual([502, "outcome_unknown"]);
    expect(await response.json()).toMatchObject({ reason: "outcome_unknown", retryable: false });
    expect(waiting.desk.log).toEqual(["open", "claim", "settle:unknown"]);
  });

  test("drips for ever, is cut", async () => {
    await using waiting = await impatient();
    waiting.downstream.answer = (response) => {
      response.writeHead(200);
      response.write("{");
    };
    expect(reasonOf(await waiting.refund(await waiting.desk.issue(waiting.signer, REFUND)))).toBe(
      "outcome_unknown",
    );
  });

  test("because the connection broke leaves a write unknown and a read retryable", async () => {
    world.downstream.answer = (response) => response.destroy();
    expect(reasonOf(await refund())).toBe("outcome_unknown");
    const response = await read();
    expect(await response.json()).toMatchObject({ reason: "downstream_unavailable", retryable: true });
  });

  test("whole, because it is too large, compressed or not, is not passed on", async () => {
    world.downstream.answer = (response) => response.writeHead(200).end("a".repeat(5_000));
    expect(reasonOf(await refund())).toBe("outcome_unknown");
    world.downstream.answer = (response) =>
      response.writeHead(200, { "content-encoding": "gzip" }).end(gzipSync("a".repeat(1_000_000)));
    expect(reasonOf(await refund())).toBe("outcome_unknown");
    expect(world.desk.log.filter((line) => line.startsWith("settle"))).toEqual([
      "settle:unknown",
      "settle:unknown",
    ]);
  });

  test("whole, because its headers have no end, leaves a write unknown", async () => {
    const filler = Object.fromEntries(
      Array.from({ length: 40 }, (_, index) => [`x-filler-${index}`, "a".repeat(1_000)]),
    );
    world.downstream.answer = (response) => response.writeHead(200, filler).end("{}");
    expect(reasonOf(await refund())).toBe("outcome_unknown");
  });

  test("with a status that is none leaves a write unknown", async () => {
    world.downstream.answer = (response) => response.writeHead(999).end("{}");
    const response = await refund();
    expect([response.status, reasonOf(response)]).toEqual([502, "outcome_unknown"]);
    expect(world.desk.log).toEqual(["open", "claim", "settle:unknown"]);
  });

  test("in a coding that the gateway cannot read is not passed on: it could hold anything", async () => {
    world.downstream.answer = (response) =>
      response.writeHead(200, { "content-encoding": "x-own" }).end(Buffer.from(SECRET).toReversed());
    expect(reasonOf(await refund())).toBe("outcome_unknown");
  });

  test("because fetch itself fails does not quote the request", async () => {
    await using other = await GatewayWorld.open({
      gateway: { fetch: () => Promise.reject(new TypeError(`bad header ${SECRET}`)) },
    });
    const response = await other.refund(await other.desk.issue(other.signer, REFUND));
    expect(reasonOf(response)).toBe("outcome_unknown");
    expect(
      JSON.stringify([await response.text(), other.refusals.map(String), other.desk.outcomes]),
    ).not.toContain("canary");
  });
});

describe("what passes back", () => {
  test("is status, body and the listed headers", async () => {
    world.downstream.answer = (response) =>
      response
        .writeHead(402, {
          "content-type": "application/json",
          etag: '"e"',
          "request-id": "req_1",
          "idempotent-replayed": "true",
          "retry-after": "3",
          "stripe-should-retry": "false",
          "set-cookie": "session=1",
          "www-authenticate": "Basic",
          authorization: "x",
          location: "/x",
          "watchword-reason": "tool_failed",
          "x-internal": "1",
          "access-control-allow-origin": "*",
        })
        .end('{"error":"card_declined"}');
    const response = await refund();
    expect(response.status).toBe(402);
    expect(await response.json()).toEqual({ error: "card_declined" });
    const names = [...response.headers.keys()].filter(
      (name) => !["connection", "keep-alive", "date", "content-length", "transfer-encoding"].includes(name),
    );
    expect(names.toSorted()).toEqual([
      "cache-control",
      "content-type",
      "etag",
      "idempotent-replayed",
      "request-id",
      "retry-after",
      "stripe-should-retry",
    ]);
    expect(world.desk.log).toEqual(["open", "claim", "settle:none"]);
  });

  test("still passes when the outcome cannot be recorded, and that is said", async () => {
    world.desk.failing.settle = new Error("disk full");
    const response = await refund();
    expect(response.status).toBe(200);
    expect(world.refusals.map(({ reason }) => reason)).toEqual(["ledger_unavailable"]);
  });

  test("without a body where the status has none", async () => {
    world.downstream.answer = (response) => response.writeHead(204).end();
    expect((await refund()).status).toBe(204);
  });
});

test("an adapter that breaks on an answer leaves a write unknown", async () => {
  await using other = await GatewayWorld.open({
    adapter: () => ({
      outcomeOf: () => {
        throw new Error("broken");
      },
    }),
  });
  await other.refund(await other.desk.issue(other.signer, REFUND));
  expect(other.desk.log).toEqual(["open", "claim", "settle:unknown"]);
});

test("a credential that cannot be injected sends nothing, and its text stays out of the answer", async () => {
  await using other = await GatewayWorld.open({
    adapter: () => ({
      inject: () => {
        throw new TypeError(`invalid header ${SECRET}`);
      },
    }),
  });
  const response = await other.refund(await other.desk.issue(other.signer, REFUND));
  expect(reasonOf(response)).toBe("internal");
  expect(other.downstream.seen).toEqual([]);
  expect(other.desk.log).toEqual(["open", "claim", "settle:none"]);
  expect(JSON.stringify([await response.text(), other.refusals.map(String)])).not.toContain("canary");
});
