import type { CellIsolation } from "./cell-isolation.ts";
import type { CellCalls } from "./call-cell.ts";
import type { Canary } from "./search-stream.ts";

/** The module that exports systems by a name; a cell imports it itself, since functions do not travel. */
export interface SystemsModule {
  readonly module: URL;
  /** `default` for a suite. */
  readonly name: string;
}

/** What is imported within cells: the systems by broker, gateway and twins, the app's tools by the agent. */
export interface CellModules {
  readonly systems: SystemsModule;
  /** The module with the app's guarded tools; left out: the agent has none. */
  readonly tools?: URL | undefined;
}

/** Running cells, whichever they are made of. */
export interface RunningCells extends AsyncDisposable {
  readonly isolation: CellIsolation;
  readonly stage: CellCalls;
  readonly gateway: CellCalls;
  readonly agent: CellCalls;
  /** A second cell like the agent's, of somebody who has stolen from it; started when it is asked for. */
  intruder(): Promise<CellCalls>;
  /** The folders of sockets, as their cell and the agent's see them. */
  readonly sockets: { readonly broker: string; readonly gateway: string };
  /** Host under which the gateway's cell finds the stage's. */
  readonly host: string;
  /** Looks for canaries wherever they must not be, and for ways out of the agent's cell. */
  search(canaries: readonly Canary[]): Promise<{
    readonly leaks: readonly string[];
    /** `undefined` where the isolation does not claim that there are none. */
    readonly openRoutes: readonly string[] | undefined;
  }>;
}
