import { execFile } from "node:child_process";
import { chmod, copyFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { generateSigner, signProof } from "@watchword/core";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  type LogEntry,
  loadConfiguration,
  loadGatewayConfiguration,
  makeGatewayKeys,
  startGateway,
  startServer,
} from "../src/index.ts";
import { type Place, effects, place } from "./place.ts";

let files: Place;
let here: Place;
beforeAll(async () => {
  files = await place();
  await makeGatewayKeys(join(files.directory, "keys-of-gateway"));
  const make =
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$0 -addext subjectAltName=DNS:localhost -keyout $0.key -out $0.pem";
  for (const name of ["broker", "gateway"])
    await promisify(execFile)("sh", ["-c", make, name], { cwd: files.directory });
});
afterAll(() => files[Symbol.asyncDispose]());
beforeEach(async () => {
  here = await place();
  for (const name of ["broker.pem", "broker.key", "gateway.pem", "gateway.key"])
    await copyFile(join(files.directory, name), join(here.directory, name.replace(".key", "-tls.key")));
  for (const name of ["gateway.key", "gateway.public.jwk"])
    await copyFile(join(files.directory, "keys-of-gateway", name), join(here.directory, name));
});
afterEach(() => here[Symbol.asyncDispose]());

const LEASES = `leases:
  listen: { host: localhost, port: 0 }
  tls: { certificate: broker.pem, key: broker-tls.key, clientCa: gateway.pem }
  gatewayKey: gateway.public.jwk`;
const MEMBERS = {
  watchword: "1",
  role: "gateway",
  issuer: "https://broker.test.example",
  listen: "{ port: 0 }",
  broker:
    "{ url: https://localhost:1, tls: { certificate: gateway.pem, key: gateway-tls.key, serverCa: broker.pem } }",
  key: "gateway.key",
  systems: "{ payments: { adapter: stripe } }",
};

const written = (changes: Record<string, string | undefined> = {}): Promise<string> =>
  here.write(
    "gateway.config.yaml",
    Object.entries({ ...MEMBERS, ...changes })
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}: ${value}\n`)
      .join(""),
  );

async function refusalOf(started: Promise<AsyncDisposable>): Promise<string> {
  const refusal = await started.then(
    async (server) => {
      await server[Symbol.asyncDispose]();
      return new Error("it started");
    },
    (error: unknown) => error as Error,
  );
  expect(refusal).toMatchObject({ reason: "configuration_invalid" });
  return refusal.message.replaceAll(`${here.directory}/`, "");
}

describe("a gateway's configuration is refused with file, line, and what to do", () => {
  test.for<[string, Record<string, string | undefined>, RegExp]>([
    ["of a broker", { role: undefined, store: "{ sqlite: a.db }" }, /unknown key store/],
    ["of no role", { role: "broker" }, /config\.yaml:2:1 {2}role: must be gateway/],
    [
      "whose broker is not asked over TLS",
      { broker: MEMBERS.broker.replace("https:", "http:") },
      /config\.yaml:5:11 {2}broker\.url: must be an https origin/,
    ],
    ["whose key is a public one", { key: "gateway.public.jwk" }, /key: .* can be read by anybody; chmod 600/],
    [
      "whose key is none",
      { key: "gateway-tls.key" },
      /config\.yaml:6:1 {2}key: gateway-tls\.key is no private/,
    ],
    ["whose key is not there", { key: "absent.key" }, /config\.yaml:6:1 {2}key: absent\.key cannot be read/],
    [
      "whose certificate belongs to another key",
      { broker: MEMBERS.broker.replace("key: gateway-tls", "key: broker-tls") },
      /config\.yaml:5:\d+ {2}broker\.tls\.key: broker-tls\.key is not the private key, in PEM, of the certificate/,
    ],
    [
      "whose authority is no certificate",
      { broker: MEMBERS.broker.replace("serverCa: broker.pem", "serverCa: stripe.key") },
      /broker\.tls\.serverCa: stripe\.key is no certificate/,
    ],
  ])("%s", async ([, changes, says]) => {
    const started = written(changes)
      .then(loadGatewayConfiguration)
      .then((configuration) => startGateway(configuration));
    const said = await refusalOf(started);
    expect(said).toMatch(says);
    expect(said).not.toMatch(/canary|BEGIN|"d"/);
  });
});

describe("a broker that serves leases is refused", () => {
  test.for<[string, string, string, RegExp]>([
    [
      "with the gateways' private key",
      "gateway: { listen: { port: 0 } }",
      LEASES.replace("gateway.public.jwk", "gateway.key"),
      /leases\.gatewayKey: gateway\.key is no public key/,
    ],
    [
      "without an authority for gateways",
      "gateway: { listen: { port: 0 } }",
      LEASES.replace(", clientCa: gateway.pem", ""),
      /leases\.tls\.clientCa: is missing/,
    ],
    [
      "with neither a gateway nor a place for one",
      "gateway: { url: https://gateway.test.example }",
      "",
      /gateway: has no listen, so leases must say where/,
    ],
    [
      "on all addresses under dev",
      "gateway: { listen: { port: 0 } }",
      LEASES.replace("host: localhost", "host: 0.0.0.0, allowRemote: true"),
      /leases\.listen: watchword dev listens on loopback/,
    ],
  ])("%s", async ([, gateway, more, says]) => {
    const configuration = here.configure({ gateway, more }).then(loadConfiguration);
    const started = configuration.then((loaded) =>
      startServer(loaded, { mode: "dev", log: () => undefined }),
    );
    expect(await refusalOf(started)).toMatch(says);
  });
});

/** Why a handle that nobody gave opens nothing. */
async function ask(gateway: string): Promise<string | null> {
  const url = `${gateway}/payments/v1/refunds`;
  const handle = Buffer.alloc(32).toString("base64url");
  const proof = { method: "POST", url, token: handle };
  const dpop = await signProof(await generateSigner(), proof, Math.floor(Date.now() / 1_000));
  const { headers } = await fetch(url, {
    method: "POST",
    headers: { authorization: `DPoP ${handle}`, dpop },
  });
  return headers.get("watchword-reason");
}

describe("broker and gateway that are started apart", () => {
  const start = async (leases: string, more: Partial<Parameters<typeof startGateway>[1]> = {}) => {
    const log: LogEntry[] = [];
    const configuration = await loadGatewayConfiguration(
      await written({
        broker: MEMBERS.broker.replace("https://localhost:1", leases),
        systems: `{ payments: { adapter: stripe, baseUrl: "${here.twin.url}" } }`,
        metrics: "{ listen: { port: 0 } }",
        listen: `{ port: ${gatewayPort} }`,
      }),
    );
    const gateway = await startGateway(configuration, { log: (entry) => void log.push(entry), ...more });
    return {
      log,
      url: gateway.url,
      ready: async () => (await fetch(`${gateway.metricsUrl}/readyz`)).json(),
      [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
    };
  };
  let gatewayPort = 0;
  const broker = async (drainSeconds = 5) => {
    // A gateway without a broker tells which port was free.
    const probe = await startGateway(await loadGatewayConfiguration(await written()), {
      log: () => undefined,
    });
    gatewayPort = Number(new URL(probe.url).port);
    await probe[Symbol.asyncDispose]();
    const gateway = `gateway: { url: "http://127.0.0.1:${gatewayPort}" }`;
    const path = await here.configure({ gateway, more: `${LEASES}\ndrainSeconds: ${drainSeconds}` });
    return startServer(await loadConfiguration(path), {
      mode: "dev",
      log: (entry) => void here.log.push(entry),
    });
  };

  test("a broker that stops takes the outcome of what a gateway has under way, and opens nothing more", async () => {
    const server = await broker();
    const [arrived, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const gateway = await start(server.leasesUrl ?? "", {
      fetch: async (input, init) => {
        arrived.resolve();
        await opened.promise;
        return fetch(input, init);
      },
    });
    const refund = here.refund({ url: server.brokerUrl }).catch(() => "the run's end was not taken");
    await arrived.promise;
    const stopped = server[Symbol.asyncDispose]();
    expect(await ask(gateway.url)).toBe("broker_unavailable");
    opened.resolve();
    await stopped;
    await refund;
    await gateway[Symbol.asyncDispose]();
    expect(effects(here)).toBe(1);
    expect(here.log.map(({ event }) => event)).not.toContain("drain_cut");
    await using next = await broker();
    const heads = await next.store.ledgerHeads();
    const records = await Promise.all(heads.map(({ replica }) => next.store.ledger({ replica, limit: 100 })));
    const outcomes = records.flat().filter(({ kind }) => kind === "use_outcome");
    expect(outcomes.map(({ body }) => body)).toMatchObject([{ effect: "done", status: 200 }]);
  });

  test("a gateway with another key than the broker's is not ready, and says why", async () => {
    await using server = await broker();
    const other = await makeGatewayKeys(join(here.directory, "other"));
    await copyFile(other.privateKey, join(here.directory, "gateway.key"));
    await using gateway = await start(server.leasesUrl ?? "");
    expect(await gateway.ready()).toEqual({ status: "not_ready", missing: ["keys"] });
    expect(gateway.log).toContainEqual(expect.objectContaining({ event: "broker_not_reached" }));
    expect(JSON.stringify(await here.refund({ url: server.brokerUrl }))).not.toContain("200");
    expect(effects(here)).toBe(0);
  });
});

test("keys of a gateway are its owner's alone, and are never replaced", async () => {
  const directory = join(here.directory, "new");
  const { privateKey, publicKey } = await makeGatewayKeys(directory);
  expect((await stat(privateKey)).mode & 0o777).toBe(0o600);
  await chmod(publicKey, 0o644);
  await expect(makeGatewayKeys(directory)).rejects.toThrow(/holds a gateway's key already/);
});
