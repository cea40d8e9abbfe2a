import { readFile, readdir } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { generateSigner, signProof } from "@watchword/core";
import { type StripeTwin, stripeTwin } from "@watchword/emulators/stripe";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Apart, apart } from "./apart.ts";
import { CANARY, PAYMENTS } from "./scene.ts";
import type { Serving } from "./serving.ts";

let twin: StripeTwin;
let place: Apart;
let gateway: Serving;
let broker: Serving;
beforeAll(async () => {
  twin = await stripeTwin(PAYMENTS);
  place = await apart(twin.url);
  gateway = place.startGateway();
  expect(await gateway.ready, gateway.said()).toMatchObject({ gateway: place.gatewayUrl });
});
afterAll(async () => {
  await place[Symbol.asyncDispose]();
  await twin.close();
});

/** Status and reason of a request with a handle that nobody gave. */
async function ask(): Promise<[number, string | null]> {
  const url = `${place.gatewayUrl}/payments/v1/refunds`;
  const handle = Buffer.alloc(32).toString("base64url");
  const proof = { method: "POST", url, token: handle };
  const { status, headers } = await fetch(url, {
    method: "POST",
    headers: {
      authorization: `DPoP ${handle}`,
      dpop: await signProof(await generateSigner(), proof, Math.floor(Date.now() / 1_000)),
    },
  });
  return [status, headers.get("watchword-reason")];
}

const ready = async (): Promise<unknown> => (await fetch(`${place.metricsUrl}/readyz`)).json();

/** What the lease listener answers to whoever shows these files of the TLS directory. */
async function leases(shown: { cert: string; key: string } | undefined): Promise<unknown> {
  const file = (name: string): Promise<Buffer> => readFile(join(place.tls, name));
  const options = {
    method: "POST",
    ca: await file("ca.pem"),
    headers: { "content-type": "application/json", "content-length": 2 },
    agent: false,
    ...(shown === undefined ? {} : { cert: await file(shown.cert), key: await file(shown.key) }),
  } as const;
  return new Promise((resolve) => {
    const outgoing = request(new URL("/leases/reach", place.leases), options, (incoming) => {
      incoming.resume();
      resolve(incoming.statusCode);
    });
    outgoing.on("error", () => resolve("nothing"));
    outgoing.end("{}");
  });
}

describe("a gateway in a process of its own", () => {
  test("starts without its broker, says that it is missing, and refuses meanwhile", async () => {
    expect(await ready()).toEqual({ status: "not_ready", missing: ["broker"] });
    expect(await ask()).toEqual([503, "broker_unavailable"]);
    expect(gateway.said()).toContain('"event":"broker_not_reached"');
  });

  test("works once the broker is there, and carries the refund of an agent in a third process", async () => {
    broker = place.startBroker();
    const answer = await broker.ready;
    expect(answer, broker.said()).toMatchObject({ gateway: place.gatewayUrl, leases: place.leases });
    expect(await ask()).toEqual([401, "lease_unknown"]);
    expect(await place.refund(answer?.broker ?? "")).toEqual({ status: 200 });
    expect(twin.refunds("acct_acme")).toHaveLength(1);
    expect(await ready()).toEqual({ status: "ready" });
    const measured = await (await fetch(`${place.metricsUrl}/metrics`)).text();
    expect(measured).toContain('watchword_gateway_broker_seconds_count{question="settle"} 1');
    expect(measured).toContain(
      'watchword_gateway_refusals_total{system="none",reason="broker_unavailable"} 1',
    );
  });

  test("has no secret of a tenant on its disk, in its environment, on its command line, or in what it says", async () => {
    const own = `/proc/${gateway.child.pid}`;
    const where = async (directory: string): Promise<string[]> => {
      const entries = await readdir(directory, { recursive: true, withFileTypes: true });
      return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
    };
    const holders = async (files: readonly string[]): Promise<string[]> => {
      const texts = await Promise.all(files.map(async (file) => [file, await readFile(file)] as const));
      return texts.filter(([, bytes]) => bytes.includes(CANARY)).map(([file]) => file);
    };
    const gatewayFiles = await where(place.gatewayDirectory);
    expect(gatewayFiles.length).toBeGreaterThan(4);
    const seen = process.platform === "linux" ? [`${own}/environ`, `${own}/cmdline`] : [];
    expect(await holders([...gatewayFiles, ...seen])).toEqual([]);
    expect(gateway.said()).not.toContain(CANARY);
    // The search finds it where it belongs.
    expect(await holders(await where(place.brokerDirectory))).toEqual([
      join(place.brokerDirectory, "stripe.key"),
    ]);
    expect(gatewayFiles.some((file) => /watchword\.db|runs\.jwk|sealing\.key|policy/.test(file))).toBe(false);
  });

  test.for<[string, { cert: string; key: string } | undefined, unknown]>([
    ["the gateway's certificate", { cert: "gateway.pem", key: "gateway-tls.key" }, 200],
    ["no certificate", undefined, "nothing"],
    ["a certificate of a foreign authority", { cert: "other.pem", key: "other.key" }, "nothing"],
    ["the broker's own certificate", { cert: "broker.pem", key: "broker-tls.key" }, "nothing"],
  ])("the broker answers whoever shows %s as it should", async ([, shown, expected]) => {
    expect(await leases(shown)).toBe(expected);
  });

  test("waits for no broker that hangs, and works again when it does not, without being started anew", async () => {
    broker.child.kill("SIGSTOP");
    expect(await ask()).toEqual([503, "broker_unavailable"]);
    broker.child.kill("SIGCONT");
    expect(await ask()).toEqual([401, "lease_unknown"]);
  });

  test("on SIGTERM answers what is under way, says so, and ends with 0", async () => {
    gateway.child.kill("SIGTERM");
    expect(await gateway.ended).toBe(0);
    expect(gateway.said()).toMatch(/"event":"draining"[^]*"event":"stopped"/);
    broker.child.kill("SIGTERM");
    expect(await broker.ended).toBe(0);
    expect(broker.said()).not.toContain(CANARY);
  });
});
