import { type TokenAnswer, randomToken } from "@watchword/core";
import type { Attempt } from "../attempt.ts";
import type { Situation } from "../situation.ts";
import type { Seen, Stage } from "../world/stage.ts";
import type { World } from "../world.ts";
import type { AgentPlace } from "./agent-methods.ts";
import type { RunningCells } from "./cells.ts";
import { hostTargets } from "./host-targets.ts";
import type { Intrusion, Stolen } from "./intrude.ts";
import type { Routes, Target } from "./probe-routes.ts";

/** What a thief got for what was stolen from an agent. */
export interface Theft {
  /** Each thing that was tried, and how it was refused. */
  readonly tried: readonly Intrusion[];
  /** What the systems saw of it, look-ups left out. */
  readonly seen: Seen;
}

/** The cell in which a world's agent is held, as whoever has taken the agent over finds it. */
export interface AgentCell {
  /** Ways out: interfaces, routes, and what a connection to each target came to. Left out: world, metadata and this machine. */
  routes(targets?: readonly Target[]): Promise<Routes>;
  /** Environments and command lines of every process that the agent sees. */
  environment(): Promise<string>;
  /** Names in a folder. @throws Error where it may not be read */
  list(path: string): Promise<readonly string[]>;
  /**
   * Runs the text of an ES module in the agent's own process. What its default export is, or gives when it is called, comes back
   * as JSON.
   *
   * @example
   * ```ts
   * await cell.run(`import { readFile } from "node:fs/promises"; export default () => readFile("/etc/shadow", "utf8");`);
   * ```
   *
   * @throws Error with the module's own words
   */
  run<Result>(module: string): Promise<Result>;
  /** Everything that broker and agent told each other's way of tokens: what is read out of the agent's memory. */
  stolen(): Promise<readonly TokenAnswer[]>;
  /**
   * Lets the agent get as far as a handle, steals run token and handle, and tries them in another cell with a key of the thief's
   * own.
   *
   * @throws Error when the agent itself was not allowed to do it: then there was nothing to steal
   */
  intrude(situation: Situation): Promise<Theft>;
}

/** The agent's cell of one world. */
export function agentCell(
  cells: RunningCells,
  { place, stage, attempt }: { readonly place: AgentPlace; readonly stage: Stage } & Pick<World, "attempt">,
): AgentCell {
  const { agent } = cells;
  const stolen = (): Promise<readonly TokenAnswer[]> => agent.call("stolen", { world: place.world });
  return Object.freeze<AgentCell>({
    routes: (targets = hostTargets()) => agent.call("probeRoutes", targets),
    environment: () => agent.call("readEnvironments"),
    list: (path) => agent.call("list", path),
    run: (module) => agent.call("run", module),
    stolen,
    intrude: async (situation) => {
      const held = await attempt({ ...situation, request: "nothing" });
      const taken = stolenIn(await stolen(), held);
      const before = await stage.seen();
      const about = { ...situation.action, tenant: situation.tenant };
      const intruder = await cells.intruder();
      const tried = await intruder.call<readonly Intrusion[]>("intrude", {
        place,
        now: await stage.time(),
        stolen: taken,
        action: { txn: randomToken(16), ...situation.action },
        request: await stage.toolCall({ action: about, request: "as-decided" }),
      });
      const after = await stage.seen();
      return {
        tried,
        seen: {
          mints: after.mints - before.mints,
          effects: after.effects - before.effects,
          refused: after.refused - before.refused,
        },
      };
    },
  });
}

/** The token of the run in which something was allowed, and the handle that came of it. */
function stolenIn(answers: readonly TokenAnswer[], { decisionId, principal, detail }: Attempt): Stolen {
  const given = answers.filter((answer) => answer.ok);
  const run = given.find((answer) => answer.run?.run_id === principal?.run);
  const act = given.findLast((answer) => answer.lease?.decision_id === decisionId);
  if (run?.run === undefined || act?.lease === undefined)
    throw new Error(`the agent was given nothing that could be stolen: ${detail ?? "it was not allowed"}`);
  return {
    runId: run.run.run_id,
    runToken: run.access_token,
    handle: act.access_token,
    lease: act.lease.gateway,
  };
}
