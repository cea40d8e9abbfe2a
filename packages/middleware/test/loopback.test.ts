import { existsSync, statSync } from "node:fs";
import { request } from "node:http";
import { connect } from "node:net";
import { dirname } from "node:path";
import { text } from "node:stream/consumers";
import { Refusal } from "@watchword/core";
import Stripe from "stripe";
import { describe, expect, test } from "vitest";
import type { GuardedCredential, Loopback } from "../src/index.ts";
import type { FakeBrokerOptions } from "../src/testing/index.ts";
import { fakeRuntime, refundTool } from "./payments-tools.ts";

/** Runs `work` as a guarded tool; what it throws is the test's to see. */
async function inTool<Result>(
  work: (credential: GuardedCredential) => Promise<Result>,
  options: FakeBrokerOptions = {},
) {
  const { fake, runtime } = fakeRuntime(options);
  let failure: unknown;
  const { tool } = refundTool((credential) =>
    work(credential).catch((error: unknown) => {
      failure = error;
      throw error;
    }),
  );
  const answer = await runtime.run({}, () => tool.execute({ charge: "ch.1" }));
  if (failure !== undefined && !Refusal.is(failure)) throw failure;
  return { fake, answer };
}

interface Sent {
  readonly status: number | undefined;
  readonly body: string;
}

/** Sends exactly these headers, as no `fetch` would. */
function ask(
  { port }: Loopback,
  path: string,
  headers: Record<string, string | string[]> = {},
  method = "POST",
): Promise<Sent> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: "127.0.0.1", port, path, method, headers, agent: false }, (incoming) => {
      text(incoming).then((body) => resolve({ status: incoming.statusCode, body }), reject);
    });
    outgoing.once("error", reject);
    outgoing.end(method === "POST" ? "charge=ch.1" : undefined);
  });
}

describe("the loopback shim", () => {
  test("lets a stock client that knows only host, port and protocol send what was decided", async () => {
    const { fake, answer } = await inTool(
      async (credential) => {
        const { host, port, protocol, token } = await credential.loopback();
        const client = new Stripe(token, { host, port, protocol, maxNetworkRetries: 0 });
        return (await client.refunds.create({ charge: "ch.1" })).id;
      },
      { respond: () => Response.json({ id: "re.1", object: "refund" }) },
    );
    expect(answer).toBe("re.1");
    expect(fake.requests.map(({ method, url }) => [method, url])).toEqual([
      ["POST", "https://api.example/v1/refunds"],
    ]);
    expect(await fake.requests[0]?.text()).toBe("charge=ch.1");
  });

  test("serves a client that takes a base URL with a path, by fetch", async () => {
    const { fake } = await inTool(async (credential) => {
      const { url } = await credential.loopback();
      const response = await fetch(`${url}/v1/charges/ch.1?expand=x`, { headers: { "x-kept": "1" } });
      expect(response.status).toBe(200);
    });
    const [seen] = fake.requests;
    expect(seen?.url).toBe("https://api.example/v1/charges/ch.1?expand=x");
    expect(seen?.headers.get("x-kept")).toBe("1");
  });

  test("hands neither its token, nor a key of the client's, nor its own host on", async () => {
    const tokens: string[] = [];
    const { fake } = await inTool(async (credential) => {
      const loopback = await credential.loopback();
      tokens.push(loopback.token);
      const basic = Buffer.from(`user:${loopback.token}`).toString("base64");
      const sent = await ask(loopback, "/v1/refunds", { authorization: `Basic ${basic}`, cookie: "a=b" });
      expect(sent.status).toBe(200);
    });
    const shown = JSON.stringify([fake.requests[0]?.url, ...(fake.requests[0]?.headers ?? [])]);
    for (const secret of [...tokens, "Basic", "a=b", "127.0.0.1"]) expect(shown).not.toContain(secret);
  });

  test.for<[string, (loopback: Loopback) => Promise<Sent>, number]>([
    ["no token", (to) => ask(to, "/v1/refunds"), 401],
    ["another token", (to) => ask(to, "/v1/refunds", { authorization: "Bearer guess" }), 401],
    ["a token in two headers", (to) => ask(to, "/", { authorization: [`Bearer ${to.token}`, "x"] }), 401],
    ["the token as a query", (to) => ask(to, `/v1/refunds?key=${to.token}`), 401],
    ["another Host", (to) => ask(to, `/${to.token}/v1/refunds`, { host: "evil.example" }), 403],
    [
      "its address by a name, as after DNS rebinding",
      (to) => ask(to, `/${to.token}/v1/refunds`, { host: `localhost:${to.port}` }),
      403,
    ],
    ["a page's Origin", (to) => ask(to, `/${to.token}/v1/refunds`, { origin: "null" }), 403],
    [
      "a browser without an Origin",
      (to) => ask(to, `/${to.token}/x`, { "sec-fetch-site": "none" }, "GET"),
      403,
    ],
    ["a target in absolute form", (to) => ask(to, `http://api.example/${to.token}/v1/refunds`), 403],
  ])("sends nothing for %s", async ([, send, status]) => {
    const { fake, answer } = await inTool(async (credential) => {
      const loopback = await credential.loopback();
      const sent = await send(loopback);
      expect(sent.body).not.toContain(loopback.token);
      return sent.status;
    });
    expect(answer).toBe(status);
    expect(fake.requests).toEqual([]);
  });

  test("offers neither CONNECT nor an upgrade", async () => {
    const { fake } = await inTool(async (credential) => {
      const { port, token } = await credential.loopback();
      for (const lines of [
        `CONNECT api.example:443 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
        `GET /${token}/v1 HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n`,
      ]) {
        const socket = connect(port, "127.0.0.1", () => socket.write(lines));
        expect(await text(socket)).toBe("");
      }
    });
    expect(fake.requests).toEqual([]);
  });

  test("shows a refusal of the gateway as that, and the model gets its reason", async () => {
    const { answer } = await inTool(
      async (credential) => {
        const { url } = await credential.loopback();
        const response = await fetch(`${url}/v1/refunds`, { method: "POST", body: "charge=ch.2" });
        expect(response.headers.get("watchword-reason")).toBe("request_mismatch");
        throw new Refusal("internal", { detail: "the client gave up" });
      },
      { gatewayRefuses: "request_mismatch" },
    );
    expect(answer).toMatchObject({ reason: "request_mismatch" });
  });

  test("is closed with its call, whether the tool returned or threw, and opens no more", async () => {
    for (const fails of [false, true]) {
      const kept: GuardedCredential[] = [];
      const ports: number[] = [];
      await inTool(async (credential) => {
        kept.push(credential);
        ports.push((await credential.loopback()).port);
        if (fails) throw new Refusal("internal");
      });
      const refused = new Promise((resolve) => {
        connect(ports[0] ?? 0, "127.0.0.1").once("error", (error: NodeJS.ErrnoException) =>
          resolve(error.code),
        );
      });
      expect(await refused).toBe("ECONNREFUSED");
      await expect(kept[0]?.loopback()).rejects.toMatchObject({ reason: "lease_expired" });
    }
  });

  test("is closed with its call also when nobody waited until it was open", async () => {
    const opening: Promise<Loopback>[] = [];
    await inTool(async (credential) => void opening.push(credential.loopback()));
    const { port } = (await opening[0]) ?? { port: 0 };
    await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow("fetch failed");
  });

  test("ends an answer under way when the tool returns", async () => {
    const cut = Promise.withResolvers<unknown>();
    await inTool(
      async (credential) => {
        const { url } = await credential.loopback();
        const response = await fetch(`${url}/v1/charges/ch.1`);
        void response.text().then(
          () => cut.resolve("whole"),
          () => cut.resolve("cut"),
        );
      },
      { respond: () => new Response(new ReadableStream({ start: (to) => to.enqueue(Buffer.from("a")) })) },
    );
    expect(await cut.promise).toBe("cut");
  });

  test("on a Unix socket is in a directory of its user's alone, which goes with it", async () => {
    let path = "";
    const { fake } = await inTool(async (credential) => {
      const { socketPath = "", token } = await credential.loopback({ socket: true });
      path = socketPath;
      expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      await new Promise<void>((resolve, reject) => {
        const outgoing = request({
          socketPath,
          path: "/v1/charges/ch.1",
          headers: { authorization: `Bearer ${token}` },
        });
        outgoing.once("response", (incoming) => (incoming.resume(), resolve()));
        outgoing.once("error", reject);
        outgoing.end();
      });
    });
    expect(fake.requests).toHaveLength(1);
    expect(existsSync(dirname(path))).toBe(false);
  });

  test("asks which origin is meant where a lease has several, and takes none of another", async () => {
    const origins = ["https://api.example", "https://files.example"];
    for (const options of [{}, { origin: "https://evil.example" }]) {
      await inTool(
        async (credential) => {
          await expect(credential.loopback(options)).rejects.toMatchObject({ reason: "target_refused" });
        },
        { origins },
      );
    }
    const { fake } = await inTool(
      async (credential) => {
        const { url } = await credential.loopback({ origin: "https://api.example" });
        await fetch(`${url}/v1`);
      },
      { origins },
    );
    expect(fake.requests).toHaveLength(1);
  });
});
