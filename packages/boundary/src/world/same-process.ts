import type { Adapter, BrokerClient, Store } from "@watchword/core";
import type { Policy } from "@watchword/policy";
import type { Attempt } from "../attempt.ts";
import type { Situation } from "../situation.ts";
import type { OpenWorld, World, WorldOptions } from "../world.ts";
import { attemptSituation } from "./attempt-situation.ts";
import { capturedAgent } from "./captured-agent.ts";
import { loadTools } from "../tools/load-tools.ts";
import { Closing } from "./closing.ts";
import { HeldRuns } from "./held-runs.ts";
import { type WorldParts, loadParts } from "./load-parts.ts";
import { WORLD_MOMENT, openStage } from "./open-stage.ts";
import { runtimeTools } from "./runtime-tools.ts";
import type { SecretWitness } from "./secret-witness.ts";
import type { StarterKey } from "./starter-key.ts";
import { withinPatience } from "./within-patience.ts";
import { withoutReleased } from "./without-released.ts";

/** What can be said of worlds in the same process. */
export interface SameProcessOptions {
  /** Private keys of starters that the policy declares. */
  readonly starters?: Readonly<Record<string, StarterKey>>;
  /** Signs a statement for a `dsse` source of evidence whose key the policy declares. */
  readonly sign?: (source: string, payload: string) => string | undefined;
  /** Milliseconds after which an attempt that nobody answered is over, and no proof. Default 30,000. */
  readonly patienceMilliseconds?: number;
  /** Stands something in for a part: for tests of the harness itself, which plant holes. */
  readonly instead?: {
    readonly store?: (store: Store) => Store;
    readonly adapter?: (adapter: Adapter, system: string) => Adapter;
    readonly client?: (client: BrokerClient) => BrokerClient;
    readonly gatewayFetch?: typeof fetch;
  };
}

/**
 * Opens worlds in this process: the real broker and the real gateway over their real store, with twins on loopback. Fast, and
 * no proof that an agent has no other way out: that takes cells.
 *
 * @example
 * ```ts
 * const open = sameProcess();
 * await using world = await open({ policy, systems: { payments } });
 * ```
 */
export function sameProcess(options: SameProcessOptions = {}): OpenWorld {
  let parts: Promise<WorldParts> | undefined;
  return async (world) => openWorld(await (parts ??= loadParts()), world, options);
}

async function openWorld(
  parts: WorldParts,
  { policy, systems, tools }: WorldOptions,
  options: SameProcessOptions,
): Promise<World> {
  const stack = new Closing();
  try {
    const instead = options.instead ?? {};
    const { stage, broker, clock, secrets, spans } = await openStage(
      parts,
      { policy, systems },
      options,
      ({ listen }) => listen({ host: "127.0.0.1", port: 0 }),
      stack,
    );
    const client = watchedClient(instead.client?.(broker.client) ?? broker.client, policy, secrets);
    const actor = capturedAgent({
      client,
      fetch: (input, init) => fetch(input, init),
      now: () => Math.floor(clock.now() / 1_000),
    });
    const place = {
      stage,
      actor,
      runs: new HeldRuns(stage, actor),
      moment: WORLD_MOMENT,
      tools:
        tools === undefined
          ? undefined
          : runtimeTools(await loadTools(tools), {
              client,
              fetch: (input, init) => fetch(input, init),
              clock,
              look: (where, text) => secrets.look(where, text),
            }),
    };
    const patience = options.patienceMilliseconds ?? 30_000;
    return Object.freeze<World>({
      isolation: "same-process",
      attempt: (situation: Situation): Promise<Attempt> =>
        spans.inside(() => withinPatience(patience, () => attemptSituation(place, situation))),
      prove: () => stage.prove(),
      [Symbol.asyncDispose]: () => stack.close(),
    });
  } catch (error) {
    await stack.close();
    throw error;
  }
}

/** Everything that the agent is answered is looked through for secrets. */
function watchedClient(client: BrokerClient, policy: Policy, secrets: SecretWitness): BrokerClient {
  return {
    ...client,
    token: async (request) => {
      const answer = await client.token(request);
      secrets.look("an answer to the agent", withoutReleased(policy, JSON.stringify(answer)));
      return answer;
    },
  };
}
