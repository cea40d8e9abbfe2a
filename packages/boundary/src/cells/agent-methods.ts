import { readdir } from "node:fs/promises";
import type { BrokerClient, TokenAnswer } from "@watchword/core";
import type { Actor } from "../world/actor.ts";
import { capturedAgent } from "../world/captured-agent.ts";
import { intrude } from "./intrude.ts";
import { probeRoutes } from "./probe-routes.ts";
import { readEnvironments } from "./read-environments.ts";
import { runModule } from "./run-module.ts";
import type { CellMethods } from "./serve-calls.ts";

/** Where an agent finds one world. */
export interface AgentPlace {
  readonly world: string;
  readonly issuer: string;
  /** Paths of the sockets. */
  readonly broker: string;
  readonly gateway: string;
}

/** One call of {@link Actor}; `now` is the world's clock. */
export interface AgentCall {
  readonly world: string;
  readonly now: number;
  readonly method: keyof Actor;
  readonly call: object;
}

/**
 * What the agent's cell can be asked to do: the captured agent over the two sockets, and to look around for whatever else there
 * is.
 */
export async function agentMethods(): Promise<CellMethods> {
  const { httpBroker, socketFetch } = await import("@watchword/middleware");
  const agents = new Map<
    string,
    { readonly actor: Actor; readonly clock: { now: number }; readonly answers: readonly TokenAnswer[] }
  >();
  return {
    open: ({ world, issuer, broker, gateway }: AgentPlace) => {
      const clock = { now: 0 };
      const answers: TokenAnswer[] = [];
      const client = remembering(httpBroker({ issuer, socket: broker }), answers);
      const actor = capturedAgent({ client, fetch: socketFetch(gateway), now: () => clock.now });
      agents.set(world, { actor, clock, answers });
    },
    close: ({ world }: { readonly world: string }) => void agents.delete(world),
    stolen: ({ world }: { readonly world: string }) => agents.get(world)?.answers ?? [],
    intrude,
    act: ({ world, now, method, call }: AgentCall) => {
      const held = agents.get(world);
      if (held === undefined || !Object.hasOwn(held.actor, method))
        throw new TypeError(`the agent cannot ${method} in ${world}`);
      held.clock.now = now;
      return held.actor[method](call as never);
    },
    probeRoutes,
    readEnvironments,
    list: (path: string) => readdir(path),
    run: runModule,
  };
}

/** Keeps what a client was answered: whoever reads the runtime's memory has it. */
function remembering(client: BrokerClient, answers: TokenAnswer[]): BrokerClient {
  return {
    ...client,
    token: async (request) => {
      const answer = await client.token(request);
      answers.push(answer);
      return answer;
    },
  };
}
