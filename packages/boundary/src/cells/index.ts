export type { CellIsolation } from "./cell-isolation.ts";
export { IsolationMissing } from "./isolation-missing.ts";
export { type Cells, type CellsOptions, openCells } from "./open-cells.ts";
export type { AgentCell, Theft } from "./agent-cell.ts";
export type { SystemsModule } from "./cells.ts";
export type { CellWorld } from "./cell-world.ts";
export type { Intrusion } from "./intrude.ts";
export type { Routes, RouteResult, Target } from "./probe-routes.ts";
