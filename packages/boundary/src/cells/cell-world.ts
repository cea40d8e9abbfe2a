import { randomBytes } from "node:crypto";
import type { Actor } from "../world/actor.ts";
import { attemptSituation } from "../world/attempt-situation.ts";
import { HeldRuns } from "../world/held-runs.ts";
import { WORLD_MOMENT } from "../world/open-stage.ts";
import type { Stage } from "../world/stage.ts";
import type { ToolUser } from "../world/tool-user.ts";
import { withinPatience } from "../world/within-patience.ts";
import type { World, WorldOptions, WorldProof } from "../world.ts";
import { type AgentCell, agentCell } from "./agent-cell.ts";
import type { AgentCall, AgentPlace, AgentToolCall } from "./agent-methods.ts";
import type { RunningCells } from "./cells.ts";
import type { GatewayPlace } from "./gateway-methods.ts";
import { checkSpans } from "../world/world-spans.ts";
import { wholeTrace } from "../whole-trace.ts";
import { readSpans } from "./sent-spans.ts";
import { openCanaries } from "./seal-canaries.ts";
import type { SentInCell } from "./sent-in-cell.ts";
import type { StageAnswer, StageCall, StagePlace } from "./stage-methods.ts";

/** Milliseconds. */
const PATIENCE = 30_000;

/** A world whose agent is held in a cell. */
export interface CellWorld extends World {
  readonly cell: AgentCell;
}

/**
 * Opens a world in running cells: the same stage and the same captured agent as in one process, each in its own cell. What
 * nobody answers in time is an attempt of stage `harness`, never a refusal.
 */
export async function openCellWorld(
  cells: RunningCells,
  world: string,
  { policy, systems }: Pick<WorldOptions, "policy"> & Partial<Pick<WorldOptions, "systems">>,
  patience = PATIENCE,
): Promise<CellWorld> {
  const { sockets } = cells;
  const place = { world, broker: `${sockets.broker}/${world}-b`, gateway: `${sockets.gateway}/${world}-g` };
  const { issuer, ...answered } = await cells.stage.call<StageAnswer>("open", {
    world,
    broker: place.broker,
    host: cells.host,
    systems: Object.keys(systems ?? policy.document.systems),
    policy: policy.canonical,
    version: policy.version,
  } satisfies StagePlace);
  const held: AgentPlace = { ...place, issuer };
  try {
    await cells.gateway.call("open", {
      ...answered,
      world,
      socket: place.gateway,
      issuer,
      now: WORLD_MOMENT,
    } satisfies GatewayPlace);
    await cells.agent.call("open", held);
  } catch (error) {
    await cells.stage.call("close", { world });
    throw error;
  }
  const clock = { now: WORLD_MOMENT };
  const stage = remoteStage(cells, world, clock);
  const actor = remoteActor(cells, world, clock);
  const attempts = {
    stage,
    actor,
    runs: new HeldRuns(stage, actor),
    moment: WORLD_MOMENT,
    tools: remoteTools(cells, world, clock),
  };
  const attempt: World["attempt"] = (situation) =>
    withinPatience(patience, () => attemptSituation(attempts, situation));
  return Object.freeze<CellWorld>({
    isolation: cells.isolation,
    attempt,
    cell: agentCell(cells, { place: held, stage, attempt }),
    prove: async (): Promise<WorldProof> => {
      const key = randomBytes(32).toString("hex");
      const sealed = await cells.stage.call<string>("canaries", { world, key });
      const canaries = openCanaries(sealed, key).map((value) => ({ name: "a secret", value }));
      const [proof, found, shown, recorded] = await Promise.all([
        stage.prove(),
        cells.search(canaries),
        cells.agent.call<string[]>("shown", { world }),
        cells.agent.call<Parameters<typeof readSpans>[0] | null>("spans", { world }),
      ]);
      const traced =
        recorded === null
          ? undefined
          : checkSpans(
              readSpans(recorded),
              canaries.map(({ value }) => value),
            );
      const trace = wholeTrace(traced === undefined ? [proof] : [proof, traced]);
      const told = shown.some((text) => canaries.some(({ value }) => text.includes(value)));
      const leaks = [
        ...proof.leaks,
        ...found.leaks,
        ...(told ? ["a tool's answer to the model"] : []),
        ...(traced?.leaks ?? []).map((leak) => `agent ${leak}`),
      ];
      return { ...proof, leaks, openRoutes: found.openRoutes, ...(trace === undefined ? {} : { trace }) };
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([cells.agent.call("close", { world }), cells.gateway.call("close", { world })]);
      await cells.stage.call("close", { world });
    },
  });
}

/** The agent's and the gateway's clocks are the world's, as far as the stage said it. */
interface KnownClock {
  now: number;
}

function remoteStage({ stage, gateway }: RunningCells, world: string, clock: KnownClock): Stage {
  const by =
    <Method extends keyof Stage>(method: Method) =>
    (...args: Parameters<Stage[Method]>): ReturnType<Stage[Method]> =>
      stage.call("stage", { world, method, args } satisfies StageCall) as ReturnType<Stage[Method]>;
  return Object.freeze<Stage>({
    time: async (...args) => {
      // It stands still: what was said last is what it is.
      if (args[0] === clock.now) return clock.now;
      const now = await by("time")(...args);
      if (now !== clock.now) await gateway.call("time", { world, now });
      return (clock.now = now);
    },
    identify: by("identify"),
    evidence: by("evidence"),
    approve: by("approve"),
    stop: by("stop"),
    toolCall: by("toolCall"),
    ceiling: by("ceiling"),
    seen: by("seen"),
    recorded: by("recorded"),
    deed: async (wanted) => {
      const { decisionId } = wanted;
      // What left for a system left where the gateway is.
      const requests = await gateway.call<SentInCell[]>("sent", { world, decisionId });
      await stage.call("sent", { world, decisionId, requests });
      return by("deed")(wanted);
    },
    prove: by("prove"),
  });
}

function remoteActor({ agent }: RunningCells, world: string, clock: KnownClock): Actor {
  const by =
    <Method extends keyof Actor>(method: Method) =>
    (call: Parameters<Actor[Method]>[0]): ReturnType<Actor[Method]> =>
      agent.call("act", { world, now: clock.now, method, call } satisfies AgentCall) as ReturnType<
        Actor[Method]
      >;
  return Object.freeze<Actor>({
    start: by("start"),
    delegate: by("delegate"),
    act: by("act"),
    send: by("send"),
    end: by("end"),
  });
}

function remoteTools({ agent }: RunningCells, world: string, clock: KnownClock): ToolUser {
  const by =
    <Method extends keyof ToolUser>(method: Method) =>
    (call: Parameters<ToolUser[Method]>[0]): ReturnType<ToolUser[Method]> =>
      agent.call("tool", { world, now: clock.now, method, call } satisfies AgentToolCall) as ReturnType<
        ToolUser[Method]
      >;
  return Object.freeze<ToolUser>({ begin: by("begin"), use: by("use"), leave: by("leave") });
}
