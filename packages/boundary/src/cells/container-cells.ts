import { randomUUID } from "node:crypto";
import { Closing } from "../world/closing.ts";
import type { CellClaim } from "./cell-claim.ts";
import { baseImage, cellImage } from "./cell-images.ts";
import { cellVolume } from "./cell-network.ts";
import { cellOptions } from "./cell-options.ts";
import { cellProgram } from "./cell-program-of.ts";
import type { RunningCells, SystemsModule } from "./cells.ts";
import { type CellProgram, codeOf, pathInCell } from "./code-of.ts";
import { conditionsOf } from "./conditions-of.ts";
import type { Engine } from "./engine.ts";
import { hostTargets } from "./local-cells.ts";
import { CELL_USER, SOCKETS, STATE } from "./native-files.ts";
import { type Routes, openRoutes } from "./probe-routes.ts";
import { searchCell } from "./search-cell.ts";
import { searchStream } from "./search-stream.ts";
import { type Cell, startCell } from "./start-cell.ts";
import { sweepCells } from "./sweep-cells.ts";

/** Runs that began longer ago than this are over, however they ended. */
const FORGOTTEN_MILLISECONDS = 6 * 3_600_000;

/**
 * Stage and agent in containers of their own, compared with what is claimed of them; between them nothing but a volume with the
 * sockets of broker and gateway. What an earlier run left behind is swept first, and what this one made at its end.
 *
 * @param base an image with Node, where this machine's own Node is none for a container
 */
export async function containerCells(
  engine: Engine,
  { module, name }: SystemsModule,
  base?: string,
): Promise<RunningCells> {
  const run = randomUUID();
  const began = new Date();
  await sweepCells(engine, { olderThan: new Date(began.getTime() - FORGOTTEN_MILLISECONDS).toISOString() });
  const stack = new Closing();
  stack.defer(() => sweepCells(engine, { run }));
  try {
    // INVARIANT: the agent's image is made of the agent's code alone; systems bring their secrets in theirs.
    const imageOf = async (program: CellProgram): Promise<string> => {
      const [from, code] = await Promise.all([node, codeOf(program)]);
      return cellImage(engine, from, code);
    };
    const node = base === undefined ? baseImage(engine) : Promise.resolve(base);
    const [stageImage, agentImage] = await Promise.all([
      imageOf(cellProgram("stage", module.href, name)),
      imageOf(cellProgram("agent")),
    ]);
    const volume = (what: string): Promise<string> =>
      cellVolume(engine, `watchword-${run}-${what}`, run, began.toISOString());
    const [sockets, state] = await Promise.all([volume("sockets"), volume("state")]);
    const start = (image: string, claim: CellClaim, ...words: readonly string[]) => {
      const program = pathInCell(cellProgram().url);
      const command = ["/usr/local/bin/node", ...conditionsOf(process.execArgv), program, ...words];
      return startCell(engine, cellOptions(image, command, claim, began.toISOString()), claim);
    };
    const common = { run, network: null, user: CELL_USER, pids: 128, memory: 1 << 30 } as const;
    const startAgent = (role: "agent" | "intruder") =>
      start(
        agentImage,
        {
          ...common,
          role,
          mounts: [{ volume: sockets, at: SOCKETS, writable: false }],
          environment: [],
        },
        "agent",
      );
    const [stage, agent] = await Promise.all([
      start(
        stageImage,
        {
          ...common,
          role: "stage",
          mounts: [
            { volume: sockets, at: SOCKETS, writable: true },
            { volume: state, at: STATE, writable: true },
          ],
          environment: [`TMPDIR=${STATE}`],
        },
        "stage",
        pathInCell(module),
        name,
      ),
      startAgent("agent"),
    ]);
    let exported = false;
    return {
      isolation: "container",
      stage,
      agent,
      intruder: () => startAgent("intruder"),
      sockets: SOCKETS,
      search: async (canaries) => {
        // Its root is read-only: once it was searched whole, it holds the same until the engine says that it changed.
        const changed = await changedFiles(engine, agent);
        const files = exported && changed.length === 0 ? [] : (["files"] as const);
        exported = true;
        const [routes, environments, ...found] = await Promise.all([
          agent.call<Routes>("probeRoutes", hostTargets()),
          agent.call<string>("readEnvironments"),
          searchCell(engine, agent, canaries, [...files, "configuration", "output"]),
          searchCell(engine, stage, canaries, ["configuration", "output"]),
        ]);
        const inside = await searchStream([environments], canaries);
        await Promise.all([agent.inspect(), stage.inspect()]);
        return {
          leaks: [...found.flat(), ...inside.map((secret) => `agent environments: ${secret}`)],
          openRoutes: [...openRoutes(routes, false), ...changed.map((path) => `changed file ${path}`)],
        };
      },
      [Symbol.asyncDispose]: () => stack.close(),
    };
  } catch (error) {
    await stack.close();
    throw error;
  }
}

/** Files of a cell that are not as in its image; places of mounts are no finding. */
async function changedFiles({ docker }: Engine, { id, claim }: Cell): Promise<string[]> {
  const changes: unknown = await docker.getContainer(id).changes();
  const mounted = (path: string): boolean =>
    claim.mounts.some(({ at }) => at === path || at.startsWith(`${path}/`));
  if (!Array.isArray(changes)) return [];
  return (changes as readonly { readonly Path: string }[]).flatMap(({ Path }) =>
    mounted(Path) ? [] : [Path],
  );
}
