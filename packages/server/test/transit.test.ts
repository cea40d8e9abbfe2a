import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { type TransitTwin, transitTwin } from "@watchword/emulators/transit";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { loadConfiguration, startServer } from "../src/index.ts";
import { fetchTrusting } from "../src/fetch-trusting.ts";
import { CANARY, type Place, effects, place } from "./place.ts";

const TOKEN = "hvs.canary_transit_token_5e21";
let here: Place;
let twin: TransitTwin;
beforeEach(async () => {
  here = await place();
  await here.write("transit.token", `${TOKEN}\n`);
  twin = await transitTwin({
    tokens: {
      [TOKEN]: { keys: ["runs", "seal", "clouds", "wrong"] },
      renewed: { keys: ["runs", "seal", "clouds"] },
    },
    keys: {
      runs: "ecdsa-p256",
      seal: "aes256-gcm96",
      clouds: "ecdsa-p256",
      other: "aes256-gcm96",
      wrong: "ed25519",
    },
  });
});
afterEach(async () => {
  await twin.close();
  await here[Symbol.asyncDispose]();
});

const keys = (transit: string): string => `keys:\n  directory: keys\n  transit: ${transit}`;
const all = (): string =>
  keys(
    `{ url: "${twin.url}", token: { file: transit.token }, runs: runs, sealer: seal, federation: clouds }`,
  );
const start = async (changes: Parameters<Place["configure"]>[0]) =>
  startServer(await loadConfiguration(await here.configure(changes)), {
    mode: "dev",
    log: (entry) => void here.log.push(entry),
    env: {},
  });

async function refusalOf(changes: Parameters<Place["configure"]>[0]): Promise<Error> {
  const refusal = await start(changes).then(
    async (server) => {
      await server[Symbol.asyncDispose]();
      return new Error("it started");
    },
    (error: unknown) => error as Error,
  );
  expect(refusal.message).not.toMatch(/canary/);
  return refusal;
}

describe("a broker with keys in a transit engine", () => {
  test("signs and seals there, refuses to mint while it is silent, and recovers without being started anew", async () => {
    await using server = await start({ keys: all() });
    const refund = (): Promise<unknown> => here.refund({ url: server.brokerUrl });
    expect(await refund()).toEqual({ status: 200 });
    expect(server.broker.discovery.keys.keys.map(({ kid }) => kid)).toEqual(["runs:1"]);
    twin.fail("sealed");
    const failed = await refund().then(
      (answer) => JSON.stringify(answer),
      (error: unknown) => String(error),
    );
    expect(failed).toContain("ledger_unavailable");
    expect(effects(here)).toBe(1);
    twin.fail(null);
    expect(await refund()).toEqual({ status: 200 });
    expect(effects(here)).toBe(2);
    expect(JSON.stringify(here.log)).not.toMatch(/canary/);
  });

  test("that had its keys in files before opens what they sealed, and leaves a token's renewal to its file", async () => {
    const before = await start({});
    expect(await here.refund({ url: before.brokerUrl })).toEqual({ status: 200 });
    await before[Symbol.asyncDispose]();
    await using server = await start({ keys: all(), tenants: "" });
    await here.write("transit.token", "renewed");
    expect(await here.refund({ url: server.brokerUrl })).toEqual({ status: 200 });
    expect(effects(here)).toBe(2);
  });

  test.for(["sealed", "down", "garbage"] as const)(
    "does not start while the engine is %s, and says which setting that is",
    async (mode) => {
      twin.fail(mode);
      const refusal = await refusalOf({ keys: all() });
      expect(refusal).toMatchObject({ reason: "ledger_unavailable" });
      expect(refusal.message).toMatch(/config\.yaml:\d+:\d+ {2}keys\.transit\.runs: the transit engine gave/);
    },
  );

  test.for<[string, string, RegExp]>([
    [
      "a URL that would carry the token in the clear",
      'url: "http://vault.test.example:8200"',
      /keys\.transit\.url: must be https, or http on a loopback host/,
    ],
    ["no key of the engine", "runs: ~", /keys\.transit\.runs|unknown|null/],
    [
      "one key for two kinds of token",
      "federation: runs",
      /keys\.transit: runs, access and federation must be keys of their own/,
    ],
    [
      "a key beyond the token's policy",
      "sealer: other",
      /keys\.transit\.sealer: the transit engine answered HTTP 403/,
    ],
    [
      "a key of another kind",
      "runs: wrong",
      /keys\.transit\.runs: transit key wrong is not an ecdsa-p256 key/,
    ],
    [
      "a token that is not there",
      "token: { env: ABSENT }",
      /keys\.transit\.token: environment variable ABSENT is not set/,
    ],
    [
      "an authority that is none",
      "caFile: transit.token",
      /keys\.transit\.caFile: must be certificates in PEM/,
    ],
  ])("is refused with %s", async ([, change, says]) => {
    const members: Record<string, string> = {
      url: `"${twin.url}"`,
      token: "{ file: transit.token }",
      runs: "runs",
      ...(Object.fromEntries([change.split(/: (.*)/s).slice(0, 2)]) as Record<string, string>),
    };
    const transit = `{ ${Object.entries(members)
      .map(([name, value]) => `${name}: ${value}`)
      .join(", ")} }`;
    const refusal = await refusalOf({ keys: keys(transit) });
    expect(refusal).toMatchObject({ reason: "configuration_invalid" });
    expect(refusal.message).toMatch(says);
    expect(refusal.message).toMatch(/config\.yaml:\d+:\d+ {2}keys/);
    expect(await readFile(join(here.directory, "stripe.key"), "utf8")).toContain(CANARY);
  });
});

test("an engine is reached over TLS with the authority that is named, and with no other", async () => {
  const make =
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=$0 -addext subjectAltName=DNS:localhost -keyout $0.key -out $0.pem";
  const text = (name: string): Promise<string> => readFile(join(here.directory, name), "utf8");
  for (const name of ["vault", "other"])
    await promisify(execFile)("sh", ["-c", make, name], { cwd: here.directory });
  const seen: string[] = [];
  const server = createServer(
    { cert: await text("vault.pem"), key: await text("vault.key") },
    (incoming, outgoing) => {
      seen.push([incoming.method, incoming.headers["x-vault-token"]].join(" "));
      outgoing.writeHead(302, { location: "/elsewhere" }).end("{}");
    },
  ).listen(0, "localhost");
  await new Promise((resolve) => server.once("listening", resolve));
  const url = `https://localhost:${(server.address() as AddressInfo).port}/v1/transit/keys/runs`;
  try {
    const init = { method: "POST", headers: { "x-vault-token": "t" }, body: "{}" };
    const answer = await fetchTrusting(await text("vault.pem"))(url, init);
    expect([answer.status, await answer.text(), seen]).toEqual([302, "{}", ["POST t"]]);
    await expect(fetchTrusting(await text("other.pem"))(url, init)).rejects.toThrow(TypeError);
    await expect(fetch(url, init)).rejects.toThrow(TypeError);
    expect(seen).toHaveLength(1);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
