export { transitKeys } from "./transit-keys.ts";
export type { TransitKeys } from "./transit-keys.ts";
export type { TransitOptions } from "./transit-client.ts";
