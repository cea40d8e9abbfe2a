export { httpTwin } from "./http-twin.ts";
export type { HttpFailure } from "./http-failure.ts";
export type { HttpTwin } from "./http-twin.ts";
export type { TwinOrder, TwinRefund } from "./orders-state.ts";
export type { HttpTwinOptions, KeySeed, OrderSeed, OrdersPermission } from "./twin-options.ts";
export type { TwinRequest } from "./twin-request.ts";
