// The gateway
export { createGateway } from "./create-gateway.ts";
export type { Gateway, GatewayOptions } from "./create-gateway.ts";
export type { RefusalListener, RefusedRequest } from "./gateway-context.ts";

// Its listener on node:http
export { listen } from "./listen.ts";
export type { ListenOptions, Listener, RequestHandler } from "./listen.ts";
