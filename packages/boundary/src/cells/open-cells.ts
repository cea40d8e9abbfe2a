import type { OpenWorld } from "../world.ts";
import { type CellWorld, openCellWorld } from "./cell-world.ts";
import type { RunningCells, SystemsModule } from "./cells.ts";
import type { CellIsolation } from "./cell-isolation.ts";
import { chooseIsolation } from "./choose-isolation.ts";
import { containerCells } from "./container-cells.ts";
import { findEngine } from "./engine.ts";
import { localCells } from "./local-cells.ts";
import { whyNoNetns } from "./spawn-cell.ts";

/** Options of {@link openCells}. */
export interface CellsOptions {
  readonly systems: SystemsModule;
  /** The module with the app's guarded tools: the agent's cell imports it. */
  readonly tools?: URL | undefined;
  /** The weakest isolation that will do; default `process`. */
  readonly required?: CellIsolation;
  /** Use exactly this one, where a stronger one could be had. */
  readonly isolation?: CellIsolation;
  /** An image with Node, where this machine's own is none for a container; it is pulled by nobody. */
  readonly image?: string;
}

/** Cells in which any number of worlds can be opened. */
export interface Cells extends AsyncDisposable {
  readonly isolation: CellIsolation;
  /** Why there is no stronger isolation; whoever opens cells prints it. `null`: it is the strongest. */
  readonly reason: string | null;
  /** Opens a world; its systems are those of the module that the options name. */
  readonly open: (options: Parameters<OpenWorld>[0]) => Promise<CellWorld>;
}

/**
 * Starts the cells of one run, in the strongest isolation that can be had here.
 *
 * @throws IsolationMissing when only weaker ones than `required` can be had
 *
 * @example
 * ```ts
 * await using cells = await openCells({ systems: { module: new URL(import.meta.url), name: "systems" }, required: "container" });
 * await using world = await cells.open({ policy, systems: {} });
 * ```
 */
export async function openCells(options: CellsOptions): Promise<Cells> {
  const { systems, tools, required = "process", isolation: wanted, image } = options;
  const choice = await chooseIsolation(wanted ?? required, { findEngine, whyNoNetns });
  const isolation = wanted ?? choice.isolation;
  const cells: RunningCells =
    isolation === "container" && choice.engine !== undefined
      ? await containerCells(choice.engine, { systems, tools }, image)
      : await localCells(isolation === "netns" ? "netns" : "process", { systems, tools });
  let worlds = 0;
  return {
    isolation: cells.isolation,
    reason: choice.reason,
    open: ({ policy, systems: named }) => {
      worlds += 1;
      return openCellWorld(cells, `w${worlds}`, { policy, systems: named });
    },
    [Symbol.asyncDispose]: () => cells[Symbol.asyncDispose](),
  };
}
