import { readdir } from "node:fs/promises";
import type { BrokerClient, TokenAnswer } from "@watchword/core";
import { loadTools } from "../tools/load-tools.ts";
import type { Actor } from "../world/actor.ts";
import { capturedAgent } from "../world/captured-agent.ts";
import { runtimeTools } from "../world/runtime-tools.ts";
import { loadTracing } from "../world/load-tracing.ts";
import { type WorldSpans, worldSpans } from "../world/world-spans.ts";
import type { ToolUser } from "../world/tool-user.ts";
import { intrude } from "./intrude.ts";
import { probeRoutes } from "./probe-routes.ts";
import { readEnvironments } from "./read-environments.ts";
import { runModule } from "./run-module.ts";
import { sentSpans } from "./sent-spans.ts";
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

/** One call of {@link ToolUser}. */
export interface AgentToolCall {
  readonly world: string;
  readonly now: number;
  readonly method: keyof ToolUser;
  readonly call: object;
}

/** An agent of one world, and what it got to see. */
interface HeldAgent {
  readonly actor: Actor;
  readonly tools: ToolUser | undefined;
  readonly clock: { now: number };
  readonly answers: readonly TokenAnswer[];
  /** What tools showed a model, for whoever looks for secrets. */
  readonly shown: readonly string[];
  /** What the middleware and the tools recorded; without tools there is nothing that would. */
  readonly spans: WorldSpans | undefined;
}

/**
 * What the agent's cell can be asked to do: the captured agent over the two sockets, the app's own tools, and to look around for
 * whatever else there is.
 *
 * @param module path or URL of the app's tools; left out: it has none
 */
export async function agentMethods(module?: string): Promise<CellMethods> {
  const { httpBroker, socketFetch } = await import("@watchword/middleware");
  const tools = module === undefined ? undefined : await loadTools(() => import(module) as Promise<object>);
  const tracing = tools === undefined ? undefined : await loadTracing();
  const agents = new Map<string, HeldAgent>();
  return {
    open: ({ world, issuer, broker, gateway }: AgentPlace) => {
      const clock = { now: 0 };
      const answers: TokenAnswer[] = [];
      const client = remembering(httpBroker({ issuer, socket: broker }), answers);
      const actor = capturedAgent({ client, fetch: socketFetch(gateway), now: () => clock.now });
      const shown: string[] = [];
      const user =
        tools === undefined
          ? undefined
          : runtimeTools(tools, {
              client,
              fetch: socketFetch(gateway),
              clock: { now: () => clock.now * 1_000 },
              look: (_, text) => void shown.push(text),
            });
      const spans = tracing === undefined ? undefined : worldSpans(tracing);
      agents.set(world, { actor, tools: user, clock, answers, shown, spans });
    },
    close: async ({ world }: { readonly world: string }) => {
      const spans = agents.get(world)?.spans;
      agents.delete(world);
      await spans?.[Symbol.asyncDispose]();
    },
    spans: ({ world }: { readonly world: string }) => {
      const spans = agents.get(world)?.spans;
      return spans === undefined ? null : sentSpans(spans.finished());
    },
    stolen: ({ world }: { readonly world: string }) => agents.get(world)?.answers ?? [],
    intrude,
    act: ({ world, now, method, call }: AgentCall) => {
      const held = agents.get(world);
      if (held === undefined || !Object.hasOwn(held.actor, method))
        throw new TypeError(`the agent cannot ${method} in ${world}`);
      held.clock.now = now;
      return held.actor[method](call as never);
    },
    tool: ({ world, now, method, call }: AgentToolCall) => {
      const held = agents.get(world);
      const user = held?.tools;
      if (held === undefined || user === undefined || !Object.hasOwn(user, method))
        throw new TypeError("the agent's cell has no tools: open cells with tools");
      held.clock.now = now;
      const use = (): unknown => user[method](call as never);
      return held.spans === undefined ? use() : held.spans.inside(use);
    },
    shown: ({ world }: { readonly world: string }) => agents.get(world)?.shown ?? [],
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
