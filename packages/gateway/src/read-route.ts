import { type Adapter, Refusal } from "@watchword/core";
import type { GatewayContext } from "./gateway-context.ts";

/** Where a request wants to go: `/{system}/<path>?<query>`, still as it was written. */
export interface Route {
  readonly system: string;
  readonly adapter: Adapter;
  /** The target below the system, with its query. */
  readonly target: string;
  /** The URL that the proof must be made for (RFC 9449 section 4.2: without the query). */
  readonly proofUrl: string;
}

const TARGET = /^\/([a-z0-9._-]{1,64})(\/[^?#]*)(\?[^#]*)?$/;

/**
 * Finds the system of a request target.
 *
 * @throws Refusal `unknown_target`
 */
export function readRoute(context: GatewayContext, rawTarget: string): Route {
  const [, system = "", path = "", query = ""] = TARGET.exec(rawTarget) ?? [];
  const adapter = context.systems.get(system);
  if (adapter === undefined)
    throw new Refusal("unknown_target", { detail: "no such system at this gateway", failedFact: "action" });
  return { system, adapter, target: `${path}${query}`, proofUrl: `${context.url}/${system}${path}` };
}
