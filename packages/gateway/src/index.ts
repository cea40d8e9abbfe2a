// The gateway
export { createGateway } from "./create-gateway.ts";
export type { Gateway, GatewayOptions } from "./create-gateway.ts";
export type { Lookup } from "./checked-lookup.ts";
export type { RefusalListener, RefusedRequest, Schedule } from "./gateway-context.ts";

// Its listener on node:http
export { listen } from "./listen.ts";
export type { ListenOptions, Listener, MutualTls, RequestHandler } from "./listen.ts";

// A gateway in a process of its own
export { httpLeaseDirectory } from "./http-lease-directory.ts";
export type { HttpLeaseDirectoryOptions, RemoteLeaseDirectory } from "./http-lease-directory.ts";
