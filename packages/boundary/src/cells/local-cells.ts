import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Closing } from "../world/closing.ts";
import { withinTime } from "../world/within-patience.ts";
import { cellProgram } from "./cell-program-of.ts";
import type { CellModules, RunningCells } from "./cells.ts";
import { hostTargets } from "./host-targets.ts";
import { introduceCells } from "./introduce-cells.ts";
import { type Routes, openRoutes } from "./probe-routes.ts";
import { searchStream } from "./search-stream.ts";
import { type ProcessCell, spawnCell } from "./spawn-cell.ts";

const ENDING_MILLISECONDS = 10_000;

/**
 * Stage, gateway and agent as processes of this machine, each with an empty environment; the agent's without a network where
 * `netns` is to be had. Less than containers: the agent can read this machine's files.
 */
export async function localCells(
  isolation: "process" | "netns",
  { systems: { module, name }, tools }: CellModules,
): Promise<RunningCells> {
  const stack = new Closing();
  try {
    const sockets = await mkdtemp(join(tmpdir(), "watchword-cells-"));
    stack.defer(() => rm(sockets, { recursive: true, force: true }));
    const spawned = async (...wanted: Parameters<typeof spawnCell>): Promise<ProcessCell> =>
      stack.use(await spawnCell(...wanted));
    const [stage, gateway, agent] = await Promise.all([
      spawned("process", cellProgram("stage", module.href, name)),
      spawned("process", cellProgram("gateway", module.href, name)),
      spawned(isolation, cellProgram("agent", ...(tools === undefined ? [] : [tools.href]))),
    ]);
    // What worlds that are still open have in memory would outlive a process that is ended.
    stack.defer(() => withinTime(ENDING_MILLISECONDS, stage.call("end")).catch(() => undefined));
    await introduceCells(stage, gateway);
    return {
      isolation,
      stage,
      gateway,
      agent,
      intruder: () => spawned(isolation, cellProgram("agent")),
      sockets: { broker: sockets, gateway: sockets },
      host: "127.0.0.1",
      search: async (canaries) => {
        const [routes, environments] = await Promise.all([
          agent.call<Routes>("probeRoutes", hostTargets()),
          agent.call<string>("readEnvironments"),
        ]);
        const seen = [
          ["agent environments", environments],
          ["agent output", agent.errors()],
          ["stage output", stage.errors()],
          ["gateway output", gateway.errors()],
        ] as const;
        const leaks = await Promise.all(
          seen.map(async ([place, text]) =>
            (await searchStream([text], canaries)).map((found) => `${place}: ${found}`),
          ),
        );
        return {
          leaks: leaks.flat(),
          openRoutes: isolation === "netns" ? openRoutes(routes, false) : undefined,
        };
      },
      [Symbol.asyncDispose]: () => stack.close(),
    };
  } catch (error) {
    await stack.close();
    throw error;
  }
}
