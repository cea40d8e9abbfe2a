export { transitTwin } from "./transit-twin.ts";
export type { TransitTwin, TransitTwinOptions } from "./transit-twin.ts";
