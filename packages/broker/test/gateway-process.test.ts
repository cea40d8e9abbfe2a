import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { stripe } from "@watchword/adapter-stripe";
import { type Refusal, generateEnvelopeKey, newAction, signProof, thumbprint } from "@watchword/core";
import { type Listener, type MutualTls, createGateway, httpLeaseDirectory, listen } from "@watchword/gateway";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { MAX_LEASE_BYTES, leaseDirectoryHttp } from "../src/http/index.ts";
import { CANARY, type TestRun, type TestWorld, effects, refundOf, world } from "./world.ts";

let directory: string;
let certificates: { broker: MutualTls; gateway: MutualTls; stranger: MutualTls };
let place: TestWorld;
let leases: Listener;
let outer: Listener;
let run: TestRun;
const gatewayKey = generateEnvelopeKey();
const told: Refusal[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "watchword-tls-"));
  certificates = await makeCertificates(directory);
  outer = await listen({ host: "127.0.0.1", port: 0 });
  place = await world({ broker: { gateway: outer.url, quotas: { payments: [] } } });
  leases = await serveLeases(place);
  outer.serve(gatewayOver(leases.url, certificates.gateway).fetch);
  run = await place.start();
});
afterAll(async () => {
  await outer.close();
  await leases.close();
  await place[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

async function serveLeases({ broker }: TestWorld): Promise<Listener> {
  const listener = await listen({
    host: "127.0.0.1",
    port: 0,
    mutualTls: certificates.broker,
    maxRequestBytes: MAX_LEASE_BYTES,
  });
  const { publicJwk } = await gatewayKey;
  const app = leaseDirectoryHttp({ leases: broker.leases, gatewayKey: publicJwk });
  listener.serve(async (request) => app.fetch(request));
  return listener;
}

function gatewayOver(url: string, mutualTls: MutualTls, key = gatewayKey) {
  return {
    fetch: async (request: Request, rawTarget?: string) =>
      createGateway({
        url: outer.url,
        leases: httpLeaseDirectory({ url, mutualTls, key: await key, timeoutMilliseconds: 2_000 }),
        systems: { payments: stripe({ baseUrl: place.twin.url }) },
        clock: place.clock,
        onRefusal: (refusal) => void told.push(refusal),
      }).fetch(request, rawTarget),
  };
}

/** Sends a refund with a handle, as a tool does. */
async function send(handle: string, body: string, to = outer.url): Promise<Response> {
  const url = `${outer.url}/payments/v1/refunds`;
  const now = Math.floor(place.clock.now() / 1_000);
  return fetch(url.replace(outer.url, to), {
    method: "POST",
    headers: {
      authorization: `DPoP ${handle}`,
      dpop: await signProof(run.key, { method: "POST", url, token: handle }, now),
      "content-type": "application/x-www-form-urlencoded",
    },
    body,
  });
}

async function handleFor(charge: string, cents: number): Promise<string> {
  const answer = await place.act(run, refundOf(charge, cents));
  if (!answer.ok) throw new Error(answer.reason);
  return answer.access_token;
}

async function lookupHandle(): Promise<string> {
  const action = newAction({
    system: "payments",
    operation: "charges.retrieve",
    resource: {},
    arguments: { charge: "ch_a1" },
  });
  const answer = await place.act(run, action);
  if (!answer.ok) throw new Error(answer.reason);
  return answer.access_token;
}

/** A look-up's request with a fresh lease. */
async function lookup(): Promise<Request> {
  const handle = await lookupHandle();
  const url = `${outer.url}/payments/v1/charges/ch_a1`;
  const now = Math.floor(place.clock.now() / 1_000);
  const dpop = await signProof(run.key, { method: "GET", url, token: handle }, now);
  return new Request(url, { headers: { authorization: `DPoP ${handle}`, dpop } });
}

describe("a gateway in a process of its own", () => {
  test("sends the decided request, once, and its outcome is in the broker's ledger", async () => {
    const handle = await handleFor("ch_a1", 100);
    expect((await send(handle, "charge=ch_a1&amount=100")).status).toBe(200);
    expect(place.twin.refunds("acct_acme")).toHaveLength(1);
    const again = await send(handle, "charge=ch_a1&amount=100");
    expect([again.status, again.headers.get("watchword-reason")]).toEqual([401, "lease_used"]);
    const records = await place.ledger();
    expect(records.find(({ kind }) => kind === "use_outcome")?.body).toMatchObject({ effect: "done" });
    expect(place.twin.refunds("acct_acme")).toHaveLength(1);
  });

  test("refuses a request that is not the decided one, and the broker records it", async () => {
    const handle = await handleFor("ch_a2", 100);
    const before = effects(place);
    const answer = await send(handle, "charge=ch_a2&amount=10000");
    expect(answer.headers.get("watchword-reason")).toBe("request_mismatch");
    expect(effects(place)).toBe(before);
    expect((await place.ledger()).at(-1)?.body).toMatchObject({
      outcome: "refused",
      reason: "request_mismatch",
    });
  });

  test("knows until when a lease holds, and how an answer under way ended is in the broker's ledger", async () => {
    const { publicJwk } = run.key;
    const remote = httpLeaseDirectory({
      url: leases.url,
      mutualTls: certificates.gateway,
      key: await gatewayKey,
    });
    const now = Math.floor(place.clock.now() / 1_000);
    const proof = {
      thumbprint: await thumbprint(publicJwk),
      publicJwk,
      jti: "jti_of_this_test_alone",
      expiresAt: now + 60,
    };
    const lease = await remote.open(await lookupHandle(), proof);
    expect([lease.endsAt, lease.graceSeconds]).toEqual([expect.any(Number), undefined]);
    expect(await remote.standing?.(lease)).toBe(lease.endsAt);
    const request = {
      method: "GET",
      path: "/v1/charges/ch_a1",
      query: [],
      headers: {},
      body: new Uint8Array(),
    };
    const use = await remote.claimUse(lease, request, proof);
    await remote.settle(lease, use, { effect: "done", ids: {}, status: 200, cut: "lease_over" });
    expect((await place.ledger()).at(-1)?.body).toMatchObject({ use, effect: "done", cut: "lease_over" });
    expect(await remote.standing?.({ ...lease, tenant: "globex" })).toBe(0);
  });

  test("without a certificate of the broker's authority gets nothing, and sends nothing", async () => {
    const handle = await handleFor("ch_a3", 100);
    const before = effects(place);
    const listener = await listen({ host: "127.0.0.1", port: 0, hosts: [new URL(outer.url).host] });
    listener.serve(gatewayOver(leases.url, certificates.stranger).fetch);
    const url = `${outer.url}/payments/v1/refunds`;
    const app = gatewayOver(leases.url, certificates.stranger);
    const now = Math.floor(place.clock.now() / 1_000);
    const answer = await app.fetch(
      new Request(url, {
        method: "POST",
        headers: {
          authorization: `DPoP ${handle}`,
          dpop: await signProof(run.key, { method: "POST", url, token: handle }, now),
          "content-type": "application/x-www-form-urlencoded",
        },
        body: "charge=ch_a3&amount=100",
      }),
    );
    await listener.close();
    expect([answer.status, answer.headers.get("watchword-reason")]).toEqual([503, "broker_unavailable"]);
    expect(effects(place)).toBe(before);
    // The lease is whole: the right gateway still opens it.
    expect((await send(handle, "charge=ch_a3&amount=100")).status).toBe(200);
  });

  test("with another key than the one that the broker is configured for opens no envelope", async () => {
    const before = place.twin.requests.length;
    const app = gatewayOver(leases.url, certificates.gateway, generateEnvelopeKey());
    const answer = await app.fetch(await lookup());
    expect(answer.status).toBe(500);
    expect(place.twin.requests.slice(before).filter(({ kind }) => kind !== "resolve")).toEqual([]);
    expect((await gatewayOver(leases.url, certificates.gateway).fetch(await lookup())).status).toBe(200);
  });

  test("knows before the first request whether the broker answers, and to which key it encrypts", async () => {
    const key = await gatewayKey;
    const over = (url: string, mutualTls: MutualTls, other = key) =>
      httpLeaseDirectory({ url, mutualTls, key: other, timeoutMilliseconds: 2_000 }).reach();
    expect(await over(leases.url, certificates.gateway)).toBeUndefined();
    await expect(over(leases.url, certificates.gateway, await generateEnvelopeKey())).rejects.toMatchObject({
      reason: "configuration_invalid",
    });
    for (const [url, tls] of [
      [leases.url, certificates.stranger],
      ["https://127.0.0.1:1", certificates.gateway],
    ] as const)
      await expect(over(url, tls)).rejects.toMatchObject({ reason: "broker_unavailable" });
  });

  test("tells the broker that a system says too much, and is told by it for how long", async () => {
    const [first, second] = [await lookup(), await lookup()];
    const app = gatewayOver(leases.url, certificates.gateway);
    place.twin.fail("429");
    expect((await app.fetch(first)).status).toBe(429);
    place.twin.fail(null);
    const before = place.twin.requests.length;
    const stopped = await app.fetch(second.clone());
    expect([stopped.status, stopped.headers.get("watchword-reason")]).toEqual([429, "rate_limited"]);
    const seconds = Number(stopped.headers.get("retry-after"));
    // What is left of ten seconds, on whatever machine.
    expect([seconds > 0, seconds <= 10]).toEqual([true, true]);
    expect(place.twin.requests).toHaveLength(before);
    place.clock.advance(11);
    expect((await app.fetch(second)).status).toBe(200);
  });

  test("sends nothing while the broker does not answer", async () => {
    const request = await lookup();
    await leases.close();
    const before = place.twin.requests.length;
    const answer = await gatewayOver(leases.url, certificates.gateway).fetch(request);
    expect([answer.status, answer.headers.get("watchword-reason")]).toEqual([503, "broker_unavailable"]);
    expect(place.twin.requests.length).toBe(before);
  });

  test("told nobody a secret", () => {
    expect(inspect(told, { depth: 10 })).not.toContain(CANARY);
  });
});

test("an address that is not https is refused when the directory is made", async () => {
  const key = await gatewayKey;
  for (const url of ["http://127.0.0.1:1", "https://broker/path", "broker"])
    expect(() => httpLeaseDirectory({ url, mutualTls: certificates.gateway, key })).toThrow(TypeError);
});

/** Two authorities: ours, which signs broker and gateway, and a stranger's. */
async function makeCertificates(folder: string): Promise<typeof certificates> {
  const openssl = (...words: string[]): void => {
    const args = words.flatMap((word) => word.split(" "));
    execFileSync("openssl", args, { cwd: folder, stdio: "ignore" });
  };
  await writeFile(join(folder, "san.cnf"), "subjectAltName=IP:127.0.0.1\n");
  const authority = (name: string): void =>
    openssl(
      "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1",
      `-subj /CN=${name} -keyout ${name}.key -out ${name}.pem`,
    );
  const leaf = (name: string, by: string): void => {
    openssl(
      `req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${name}`,
      `-keyout ${name}.key -out ${name}.csr`,
    );
    openssl(
      `x509 -req -in ${name}.csr -CA ${by}.pem -CAkey ${by}.key`,
      `-CAcreateserial -days 1 -extfile san.cnf -out ${name}.pem`,
    );
  };
  for (const name of ["ours", "theirs"]) authority(name);
  leaf("broker", "ours");
  leaf("gateway", "ours");
  leaf("stranger", "theirs");
  const text = (name: string): Promise<string> => readFile(join(folder, name), "utf8");
  const made = async (name: string): Promise<MutualTls> => ({
    certificate: await text(`${name}.pem`),
    privateKey: await text(`${name}.key`),
    authority: await text("ours.pem"),
  });
  return { broker: await made("broker"), gateway: await made("gateway"), stranger: await made("stranger") };
}
