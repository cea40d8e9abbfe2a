/** On every container, network and volume of the harness; its value is the run that made it. */
export const CELL_LABEL = "dev.watchword.boundary";
