export { type CellIsolation, IsolationMissing } from "./choose-isolation.ts";
export { type Cells, type CellsOptions, openCells } from "./open-cells.ts";
export type { SystemsModule } from "./cells.ts";
