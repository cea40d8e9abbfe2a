import { type Adapter } from "@watchword/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { GatewayWorld, REFUND, reasonOf } from "./gateway-world.ts";

let world: GatewayWorld;
beforeEach(async () => void (world = await GatewayWorld.open()));
afterEach(() => world[Symbol.asyncDispose]());

/** A complete request with a fresh lease and a proof for exactly the target as it is spelled. */
async function sendRaw(
  target: string,
  headers: readonly string[] = [],
  body = "charge=ch.1&amount=4200",
): Promise<string> {
  const handle = await world.desk.issue(world.signer, REFUND);
  const { authorization, dpop } = await world.credentials(handle, "POST", target.split("?")[0] ?? "");
  const lines = [
    `POST ${target} HTTP/1.1`,
    `Host: ${new URL(world.url).host}`,
    `Authorization: ${authorization}`,
    `DPoP: ${dpop}`,
    "Connection: close",
    "Content-Type: application/x-www-form-urlencoded",
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...headers,
  ];
  return world.raw(`${lines.join("\r\n")}\r\n\r\n${body}`);
}

function nothingLeft(): void {
  expect(world.downstream.seen).toEqual([]);
  expect(world.desk.log).not.toContain("claim");
}

test("the plain spelling reaches the system, so that the refusals below mean something", async () => {
  expect(await sendRaw("/payments/v1/refunds")).toMatch(/^HTTP\/1\.1 200 /);
  expect(world.downstream.seen).toHaveLength(1);
});

describe("another spelling of a path reaches no matcher and no system", () => {
  test.for([
    "/payments/v1/charges/../refunds",
    "/payments/v1/./refunds",
    "/payments/v1/%2e/refunds",
    "/payments/v1/x/%2e%2e/refunds",
    "/payments/v1/x/%2E%2e/refunds",
    "/payments/v1/x/.%2e/refunds",
    "/payments/v1%2Frefunds",
    "/payments/v1%2frefunds",
    "/payments/v1/%72efunds",
    "/payments/v1/refund%73",
    "/payments/v1//refunds",
    "/payments//v1/refunds",
    "/payments/v1/refunds/",
    "/payments/v1/x/..;/refunds",
    "/payments/v1\\refunds",
    "/payments/v1/x\\..\\refunds",
    "/payments/v1/refunds%00",
    "/payments/v1/refunds%20",
    "/payments/v1/%252e%252e/refunds",
    "/payments/v1/%c0%ae%c0%ae/refunds",
    "/payments/v1/refunds#",
    "/payments/v1/refunds?a?b",
    "/payments/v1/refunds?a=%zz",
    "/payments/v1/refunds%3fa=b",
    "/payments/v1/..",
    "/payments/v1/refunds.",
    "/payments/v1/refunds;x=y",
    "/payments/V1/refunds",
    "/payments/../other/v1/refunds",
    "/payments/%2e%2e/other/v1/refunds",
    "/other/../payments/v1/refunds",
    "//payments/v1/refunds",
    "/./payments/v1/refunds",
    "/%70ayments/v1/refunds",
    "/PAYMENTS/v1/refunds",
    "/payments",
    "/payments?x=/v1/refunds",
    "/",
    "*",
    "/payments/v1/refunds?_method=DELETE",
    "/payments/v1/refunds?amount=1",
    "/payments/v1/refunds\t",
    "/payments/v1/refünds",
    "/payments/\u{ff0e}\u{ff0e}/v1/refunds",
  ])("%s", async (target) => {
    const answer = await sendRaw(target);
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    nothingLeft();
  });

  test("what the platform would silently rewrite is refused as a target and recorded", async () => {
    expect(await sendRaw("/payments/v1/charges/../refunds")).toContain("watchword-reason: target_refused");
    expect(await sendRaw("/payments/v1/x/%2e%2e/refunds")).toContain("watchword-reason: target_refused");
    expect(await sendRaw("/payments/v1/refunds?a='")).toContain("watchword-reason: target_refused");
    expect(world.desk.log).toEqual(Array.from({ length: 3 }, () => ["open", "refuse:target_refused"]).flat());
  });
});

describe("a request that two readers could read differently is refused, and its connection closed", () => {
  test.for([
    {
      name: "the absolute form",
      request:
        "POST http://api.payments.example/v1/refunds HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n",
    },
    {
      name: "the absolute form of itself",
      request: "GET {url}/payments/v1/charges/ch.1 HTTP/1.1\r\nHost: {host}\r\n\r\n",
    },
    { name: "another Host", request: "GET /payments/v1/charges/ch.1 HTTP/1.1\r\nHost: evil.example\r\n\r\n" },
    {
      name: "a name that was bound to loopback",
      request: "GET /payments/v1/charges/ch.1 HTTP/1.1\r\nHost: localhost.evil.example:{port}\r\n\r\n",
    },
    {
      name: "the right host on another port",
      request: "GET /payments/v1/charges/ch.1 HTTP/1.1\r\nHost: 127.0.0.1:1\r\n\r\n",
    },
    {
      name: "two Host headers",
      request: "GET /payments/v1/charges/ch.1 HTTP/1.1\r\nHost: {host}\r\nHost: {host}\r\n\r\n",
    },
    { name: "no Host header", request: "GET /payments/v1/charges/ch.1 HTTP/1.1\r\n\r\n" },
    {
      name: "a browser's Origin",
      request: "GET /payments/v1/charges/ch.1 HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\n\r\n",
    },
    {
      name: "length and chunks",
      request:
        "POST /payments/v1/refunds HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    },
    {
      name: "two lengths",
      request:
        "POST /payments/v1/refunds HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd",
    },
    {
      name: "an unknown transfer coding",
      request:
        "POST /payments/v1/refunds HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    },
    {
      name: "an upgrade",
      request:
        "GET /payments/v1/charges/ch.1 HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    },
    {
      name: "an upgrade to h2c",
      request:
        "GET /payments/v1/charges/ch.1 HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
    },
    { name: "CONNECT", request: "CONNECT api.payments.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n" },
    { name: "TRACE", request: "TRACE /payments/v1/charges/ch.1 HTTP/1.1\r\nHost: {host}\r\n\r\n" },
    {
      name: "a folded header",
      request: "GET /payments/v1/charges/ch.1 HTTP/1.1\r\nHost: {host}\r\nX-A: b\r\n c\r\n\r\n",
    },
    { name: "a bare line feed", request: "GET /payments/v1/charges/ch.1 HTTP/1.1\nHost: {host}\n\n" },
    {
      name: "a space before the colon",
      request: "GET /payments/v1/charges/ch.1 HTTP/1.1\r\nHost : {host}\r\n\r\n",
    },
    {
      name: "a GET with a body",
      request: "GET /payments/v1/charges/ch.1 HTTP/1.1\r\nHost: {host}\r\nContent-Length: 3\r\n\r\nabc",
    },
    {
      name: "a body over the bound",
      request: `POST /payments/v1/refunds HTTP/1.1\r\nHost: {host}\r\nContent-Length: 70000\r\n\r\n${"a".repeat(70_000)}`,
    },
    {
      name: "headers over the bound",
      request: `GET /payments/v1/charges/ch.1 HTTP/1.1\r\nHost: {host}\r\nX-A: ${"a".repeat(20_000)}\r\n\r\n`,
    },
  ])("$name", async ({ request }) => {
    const { host, port } = new URL(world.url);
    const answer = await world.raw(
      request.replaceAll("{host}", host).replaceAll("{port}", port).replaceAll("{url}", world.url),
    );
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer.match(/HTTP\/1\.1 /g)).toHaveLength(1);
    expect(world.desk.log).toEqual([]);
    nothingLeft();
  });
});

test("a body over the bound that does not say its length is cut, answered or not", async () => {
  const head = `POST /payments/v1/refunds HTTP/1.1\r\nHost: ${new URL(world.url).host}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  const answer = await world.raw(`${head}11170\r\n${"a".repeat(70_000)}\r\n0\r\n\r\n`).catch(() => "");
  expect(answer).not.toContain("HTTP/1.1 2");
  expect(world.desk.log).toEqual([]);
  nothingLeft();
});

describe("headers of the tool", () => {
  test("cannot change method, target, host or credential of what is sent", async () => {
    const answer = await sendRaw("/payments/v1/refunds", [
      "X-HTTP-Method-Override: DELETE",
      "X-HTTP-Method: DELETE",
      "X-Method-Override: DELETE",
      "X-Original-URL: /v1/payouts",
      "X-Rewrite-URL: /v1/payouts",
      "X-Forwarded-Host: evil.example",
      "X-Forwarded-Uri: /v1/payouts",
      "X-Forwarded-Proto: http",
      "Forwarded: host=evil.example",
      "Payments_Account: acct.globex",
      "Cookie: session=1",
      "Proxy-Authorization: Basic eDp5",
      "X-Api-Key: rk_of_the_tool",
      "Idempotency-Key: of-the-tool",
      "Via: 1.1 evil",
    ]);
    expect(answer).toMatch(/^HTTP\/1\.1 200 /);
    const headers = world.downstream.seen[0]?.headers ?? {};
    const text = JSON.stringify(headers);
    for (const planted of [
      "DELETE",
      "payouts",
      "evil",
      "globex",
      "session=1",
      "eDp5",
      "rk_of_the_tool",
      "of-the-tool",
      "dpop",
    ])
      expect(text).not.toContain(planted);
    expect(headers.host).toBe(new URL(world.downstream.url).host);
  });

  test("that are hop-by-hop cannot take the credential off: Connection names are not obeyed", async () => {
    expect(await sendRaw("/payments/v1/refunds", ["Connection: authorization, x-api-key, dpop"])).toMatch(
      /^HTTP\/1\.1 200 /,
    );
    expect(world.downstream.seen[0]?.headers.authorization).toMatch(/^Bearer /);
  });

  test.for([
    "Authorization: DPoP aaaa",
    "authorization: Bearer x",
    "DPoP: a.b.c",
    "Content-Type: application/json",
  ])("that must be there once are refused when repeated: %s", async (line) => {
    expect(await sendRaw("/payments/v1/refunds", [line])).toMatch(/^HTTP\/1\.1 400 /);
    nothingLeft();
  });

  test("that reach the gateway joined are not one header either", async () => {
    const handle = await world.desk.issue(world.signer, REFUND);
    const headers = await world.credentials(handle, "POST", "/payments/v1/refunds");
    const joined = new Headers(headers);
    joined.append("authorization", headers["authorization"] ?? "");
    const response = await world.refund(handle, { headers: Object.fromEntries(joined) });
    expect(reasonOf(response)).toBe("lease_unknown");
    nothingLeft();
  });
});

describe("an adapter whose outbound request goes elsewhere gets no credential", () => {
  const urls = [
    "https://evil.example/v1/refunds",
    "http://api.payments.example/v1/refunds",
    "https://api.payments.example.evil.example/",
    "https://api.payments.example:8443/v1/refunds",
    "https://api.payments.example@evil.example/",
    "https://user:x@api.payments.example/",
    "http://169.254.169.254/latest",
    "http://[::ffff:7f00:1]/",
    "http://10.0.0.1/",
    "file:///etc/hosts",
    "/v1/refunds",
  ];
  test.for(urls)("%s", async (url) => {
    await using other = await GatewayWorld.open({
      adapter: (): Partial<Adapter> => ({
        enforce: () => ({ method: "POST", url, headers: {}, body: undefined }),
      }),
      gateway: { fetch: () => Promise.reject(new Error("must not be called")) },
    });
    const response = await other.refund(await other.desk.issue(other.signer, REFUND));
    expect([response.status, reasonOf(response)]).toEqual([403, "target_refused"]);
    expect(other.desk.log).toEqual(["open", "refuse:target_refused"]);
  });

  test("nor one that goes to the host of another account, where each has its own", async () => {
    const asked: unknown[] = [];
    const sendTo = async (account: string) => {
      await using other = await GatewayWorld.open({
        adapter: () => ({
          originsOf: ({ resource }) => [`https://${resource["account"]}.payments.example`],
          enforce: () => ({
            method: "POST",
            url: `https://${account}.payments.example/v1/refunds`,
            headers: {},
            body: undefined,
          }),
        }),
        gateway: {
          fetch: async (input) => {
            asked.push(input);
            return Response.json({});
          },
        },
      });
      return reasonOf(await other.refund(await other.desk.issue(other.signer, REFUND)));
    };
    expect([await sendTo("acct.globex"), await sendTo("api"), asked]).toEqual([
      "target_refused",
      "target_refused",
      [],
    ]);
    expect(await sendTo("acct.acme")).toBeNull();
    expect(asked).toHaveLength(1);
  });

  test("not even when only the injection moves it", async () => {
    const asked: unknown[] = [];
    await using other = await GatewayWorld.open({
      adapter: () => ({ inject: (request) => ({ ...request, url: "https://evil.example/" }) }),
      gateway: {
        fetch: async (input) => {
          asked.push(input);
          return new Response();
        },
      },
    });
    const response = await other.refund(await other.desk.issue(other.signer, REFUND));
    expect(reasonOf(response)).toBe("target_refused");
    expect(asked).toEqual([]);
    expect(other.desk.log).toEqual(["open", "claim", "settle:none"]);
  });
});
