/** What a cell is for. */
export type CellRole = "agent" | "stage" | "gateway" | "twins" | "intruder";

/** A named volume of the engine, and where it is in the cell. */
export interface CellMount {
  readonly volume: string;
  readonly at: string;
  readonly writable: boolean;
}

/**
 * What is promised of a container, in full: what is not named here, it does not have. The started container is compared with
 * it by `inspectCell`.
 */
export interface CellClaim {
  readonly role: CellRole;
  /** The run that starts it. A container of another run is never taken over, whatever it looks like. */
  readonly run: string;
  /** `null`: no network at all; otherwise the one internal network that it is on. */
  readonly network: string | null;
  readonly mounts: readonly CellMount[];
  /** `NAME=value` besides `PATH`. Never secrets: the engine shows them to everybody. */
  readonly environment: readonly string[];
  /** uid and gid. */
  readonly user: number;
  readonly pids: number;
  /** Bytes of memory. */
  readonly memory: number;
}
