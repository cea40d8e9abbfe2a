import { join } from "node:path";
import { stripe } from "@watchword/adapter-stripe";
import {
  type BrokerClient,
  type TokenAnswer,
  newAction,
  numericDate,
  readCompactJws,
  signToken,
} from "@watchword/core";
import { localKeyVerifier } from "@watchword/identity/local-key";
import { oidc } from "@watchword/identity/oidc";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type Broker, createBroker, fileKeys, rotateKey } from "../src/index.ts";
import { sqlite } from "../src/sqlite/index.ts";
import { ISSUER, LOGIN, type TestRun, type TestWorld, world } from "./world.ts";

const REPLICAS = 3;
const CLIENTS = 64;
/** One every two seconds. More with `WATCHWORD_LONG=1`. */
const ROTATIONS = process.env["WATCHWORD_LONG"] === "1" ? 60 : 3;

let place: TestWorld;
let keys: string;
let brokers: Broker[];
/** The replicas, the next one first. */
let clients: BrokerClient[];
const opened: AsyncDisposable[] = [];
beforeEach(async () => {
  clients = [];
  const next = (): BrokerClient => {
    const [client, ...rest] = clients;
    if (client === undefined) throw new Error("there is no replica");
    clients = [...rest, client];
    return client;
  };
  place = await world({
    client: (own) => {
      clients = [own];
      return { ...own, token: (request) => next().token(request) };
    },
  });
  keys = join(place.directory, "keys");
  brokers = [place.broker];
  while (brokers.length < REPLICAS) brokers.push(await replica());
  clients.push(...brokers.slice(1).map(({ client }) => client));
});
afterEach(async () => {
  for (const each of opened.splice(0).toReversed()) await each[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

/** Another broker over the same store, with the same directory of keys. */
async function replica(): Promise<Broker> {
  const { clock, directory, login, gatewayUrl } = place;
  const store = await sqlite(join(directory, "watchword.db"));
  const broker = await createBroker({
    issuer: ISSUER,
    gateway: gatewayUrl,
    policy: "stored",
    store,
    keys: await fileKeys(keys, { clock }),
    verifiers: [
      await localKeyVerifier({ directory: join(directory, "workload"), audience: ISSUER, clock }),
      await oidc({
        issuer: LOGIN,
        audience: ISSUER,
        jwks: login.jwks,
        algorithms: ["ES256"],
        uses: ["user"],
        clock,
      }),
    ],
    systems: { payments: stripe({ baseUrl: place.twin.url }) },
    clock,
    environment: "development",
    sweepMilliseconds: 0,
  });
  opened.push(store, broker);
  return broker;
}

const read = (run: TestRun): Promise<TokenAnswer> =>
  place.act(
    run,
    newAction({
      system: "payments",
      operation: "charges.retrieve",
      resource: {},
      arguments: { charge: "ch_a1" },
    }),
  );
const outcomeOf = (answer: TokenAnswer): string => (answer.ok ? "allowed" : answer.reason);
const kidOf = ({ token }: TestRun): unknown => readCompactJws(token, { maxBytes: 65_536 }).header.kid;
const intents = async (): Promise<number> =>
  (await place.ledger()).filter(({ kind }) => kind === "intent").length;

test(
  `a key is rotated every 2 s under ${CLIENTS} clients of ${REPLICAS} replicas: no valid request is refused`,
  { timeout: ROTATIONS * 10_000 + 30_000 },
  async () => {
    const runs: TestRun[] = [];
    const outcomes: string[] = [];
    for (let rotation = 0; rotation < ROTATIONS; rotation++) {
      runs.push(...(await Promise.all(Array.from({ length: REPLICAS }, () => place.start()))));
      const load = Array.from({ length: CLIENTS }, async (_, client) => {
        const run = runs[client % runs.length];
        if (run !== undefined) outcomes.push(outcomeOf(await read(run)));
      });
      const rotating = rotateKey(keys, "runs", { clock: place.clock, leadSeconds: 1 });
      await Promise.all([...load, rotating]);
      place.clock.advance(2);
      // The last one learns of keys from the tokens that it is shown.
      for (const broker of brokers.slice(0, -1)) await broker.sweep();
    }
    expect(outcomes).toEqual(Array.from({ length: CLIENTS * ROTATIONS }, () => "allowed"));
    expect(new Set(runs.map(kidOf)).size, "tokens of every key were among them").toBe(ROTATIONS);
    expect(await intents()).toBe(outcomes.length);
  },
);

test("a removed key's token is accepted until the stated end, and refused by every replica after it", async () => {
  const stolen = (await fileKeys(keys, { clock: place.clock })).runs.signer;
  const run = await place.start();
  expect(kidOf(run)).toBe(stolen.keyId);
  const { earlierUntil } = await rotateKey(keys, "runs", { clock: place.clock, leadSeconds: 0 });
  /** What whoever has the removed key can make: it says that it is valid. */
  const forged = async (signer = stolen): Promise<TestRun> => {
    const iat = numericDate(place.clock);
    const claims = { ...readCompactJws(run.token, { maxBytes: 65_536 }).claims, iat, exp: iat + 600 };
    return { ...run, token: await signToken(signer, "agent-run+jwt", claims) };
  };
  const everywhere = async (make: () => Promise<TestRun>): Promise<string[]> => {
    const outcomes: string[] = [];
    for (let index = 0; index < REPLICAS; index++) outcomes.push(outcomeOf(await read(await make())));
    return [...new Set(outcomes)];
  };
  place.clock.advance(2);
  for (const broker of brokers) await broker.sweep();
  place.clock.advance((earlierUntil ?? 0) - numericDate(place.clock) - 5);
  expect(await everywhere(forged)).toEqual(["allowed"]);
  place.clock.advance(5);
  expect(await everywhere(forged)).toEqual(["token_untrusted"]);
  const { signer } = (await fileKeys(keys, { clock: place.clock })).runs;
  expect(await everywhere(() => forged(signer))).toEqual(["allowed"]);
  expect(await intents()).toBe(2 * REPLICAS);
});

test("a key that leaked is refused within a look of every replica, and nothing is minted for its tokens", async () => {
  const run = await place.start();
  expect(outcomeOf(await read(run))).toBe("allowed");
  await rotateKey(keys, "runs", { clock: place.clock, compromised: true });
  place.clock.advance(2);
  for (const broker of brokers) await broker.sweep();
  const fresh = await place.start();
  const outcomes: string[] = [];
  for (const held of [fresh, fresh, fresh, run, run, run]) outcomes.push(outcomeOf(await read(held)));
  expect(outcomes).toEqual([
    "allowed",
    "allowed",
    "allowed",
    "token_untrusted",
    "token_untrusted",
    "token_untrusted",
  ]);
  expect(await intents()).toBe(4);
});
