import type { Isolation } from "../world.ts";

/** What the harness may run in besides its own process. */
export type CellIsolation = Exclude<Isolation, "same-process" | "remote">;
