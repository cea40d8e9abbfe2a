import { rm } from "node:fs/promises";
import { join } from "node:path";
import { type BrokerClient, accessIssuer } from "@watchword/core";
import type { AccessIssuer, RunningSystem } from "../system-under-test.ts";
import type { WorldOptions } from "../world.ts";
import type { Closing } from "./closing.ts";
import { IntentWitness } from "./intent-witness.ts";
import type { WorldParts } from "./load-parts.ts";
import { type WorldClock, sameProcessStage } from "./same-process-stage.ts";
import type { SameProcessOptions } from "./same-process.ts";
import { SecretWitness } from "./secret-witness.ts";
import { SentWitness } from "./sent-witness.ts";
import type { Stage } from "./stage.ts";
import { worldFolder } from "./world-folder.ts";
import { worldIssuers } from "./world-issuers.ts";
import { type WorldSpans, worldSpans } from "./world-spans.ts";
import { worldTenants } from "./world-tenants.ts";

/** Monday, 2027-01-04 12:00 UTC: worlds begin at the same moment, so that the same situation goes the same way. */
export const WORLD_MOMENT = 1_799_064_000;

/** Whom assertions and proofs are made for in worlds; nobody answers there. */
export const WORLD_ISSUER = "https://broker.boundary.invalid";

/** Under which name systems trust the broker of a world as an issuer. */
const WORLD_FEDERATION = "https://federation.boundary.invalid";

/** Where the gateway answers; without `serve` it is another process's. */
export type GatewayListener = Pick<Listener, "url" | "close"> & Partial<Pick<Listener, "serve">>;

type Listener = Awaited<ReturnType<WorldParts["listen"]>>;

/** A world without its agent. */
export interface OpenedStage {
  readonly stage: Stage;
  readonly broker: Awaited<ReturnType<WorldParts["createBroker"]>>;
  readonly clock: WorldClock;
  readonly secrets: SecretWitness;
  readonly spans: WorldSpans;
  readonly sent: SentWitness;
}

/**
 * Starts broker, gateway and twins of one world, in whichever process this is.
 *
 * @param listen binds the gateway, or says where another process has it
 * @param stack closes what was started, also when the start of something fails
 */
export async function openStage(
  parts: WorldParts,
  { policy, systems }: WorldOptions,
  options: SameProcessOptions,
  listen: (parts: WorldParts) => Promise<GatewayListener>,
  stack: Closing,
): Promise<OpenedStage> {
  const clock = standingClock();
  const spans = stack.use(worldSpans(parts.tracing));
  const directory = await worldFolder();
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const secrets = new SecretWitness();
  const running: Record<string, RunningSystem> = {};
  const issuing = Promise.withResolvers<Pick<OpenedStage["broker"], "discovery" | "federation">>();
  // Services come before the broker, whose keys they ask for when the first token comes.
  const access: AccessIssuer = {
    issuer: accessIssuer(WORLD_ISSUER),
    keys: async () => (await issuing.promise).discovery.access.keys,
  };
  const federation: AccessIssuer = {
    issuer: WORLD_FEDERATION,
    keys: async () => (await issuing.promise).federation?.keys ?? { keys: [] },
  };
  for (const [name, start] of Object.entries(systems))
    running[name] = stack.use(await start({ clock, name, access, federation }));
  for (const { own, other } of Object.values(running))
    for (const { secret } of [own, other]) if (secret !== undefined) secrets.know(secret);
  const tenants = worldTenants(policy, Object.values(running));
  const instead = options.instead ?? {};
  const [issuers, opened, keys] = await Promise.all([
    worldIssuers(parts, { policy, audience: WORLD_ISSUER, directory, clock }),
    parts.sqlite(join(directory, "watchword.db"), { clock }),
    parts.fileKeys(join(directory, "keys"), { clock }),
  ]);
  stack.use(opened);
  const store = instead.store?.(opened) ?? opened;
  // INVARIANT: what really is durable is looked at, whatever stands in for the store.
  const intents = new IntentWitness(opened);
  const sent = new SentWitness();
  const adapters = Object.fromEntries(
    Object.entries(running).map(([name, { adapter }]) => [
      name,
      intents.watched(sent.watched(secrets.watched(instead.adapter?.(adapter, name) ?? adapter))),
    ]),
  );
  const listener = await listen(parts);
  stack.defer(() => listener.close());
  const broker = stack.use(
    await parts.createBroker({
      issuer: WORLD_ISSUER,
      federationIssuer: WORLD_FEDERATION,
      gateway: listener.url,
      policy,
      store,
      keys,
      systems: adapters,
      verifiers: issuers.verifiers,
      clock,
      environment: "development",
      sweepMilliseconds: 0,
    }),
  );
  issuing.resolve(broker);
  // A gateway in a process of its own finds its leases over there.
  listener.serve?.(
    parts.createGateway({
      url: listener.url,
      issuer: WORLD_ISSUER,
      leases: broker.leases,
      systems: adapters,
      clock,
      ...(instead.gatewayFetch === undefined ? {} : { fetch: instead.gatewayFetch }),
    }).fetch,
  );
  for (const [side, id] of Object.entries(tenants) as ["own" | "other", string][]) {
    const connections = Object.entries(running).map(([name, system]) => {
      // INVARIANT: where a system has no secret none is put, and the broker alone says whether its adapter may do without.
      const { account, settings, secret } = system[side];
      const part = secret === undefined ? {} : { secret: secret.open((text) => text) };
      return [name, { account, settings, ...part }] as const;
    });
    await broker.tenants.put({ id, connections: Object.fromEntries(connections) });
  }
  const stage = sameProcessStage({
    policy,
    broker,
    store,
    issuer: WORLD_ISSUER,
    issuers,
    tenants,
    systems: running,
    clock,
    secrets,
    spans,
    intents,
    sent,
    directory,
    starters: options.starters ?? {},
    ...(options.sign === undefined ? {} : { sign: options.sign }),
  });
  // Whoever asks, over whichever listener: the spans are this world's.
  const client: BrokerClient = {
    ...broker.client,
    token: (request) => spans.inside(() => broker.client.token(request)),
  };
  return { stage, broker: { ...broker, client }, clock, secrets, spans, sent };
}

function standingClock(): WorldClock {
  let now = WORLD_MOMENT * 1_000;
  return { now: () => now, move: (to) => void (now = to * 1_000) };
}
