import type { Adapter } from "@watchword/core";
import type { GatewayOptions } from "@watchword/gateway";
import { fetchForSystems } from "./fetch-for-systems.ts";

/**
 * How a gateway reaches systems: by connections of its own, whose addresses it checks and which know the systems' authorities; by a
 * `fetch` only where somebody handed one in.
 */
export function gatewayWay(
  systems: Readonly<Record<string, Adapter>>,
  send: typeof fetch | undefined,
  privateOrigins: readonly string[] | undefined,
): Pick<GatewayOptions, "fetch" | "privateOrigins"> {
  return {
    ...(send === undefined ? {} : fetchForSystems(systems, send)),
    ...(privateOrigins === undefined ? {} : { privateOrigins }),
  };
}
