import { resolve } from "node:path";
import { type Listener, type MutualTls, listen } from "@watchword/gateway";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import type { ListenDocument } from "./document-parts.ts";
import type { ConfigurationSource } from "./load-configuration.ts";
import { whyNotBound } from "./why-not-bound.ts";

/**
 * Binds what the `listen:` at a place of the configuration names.
 *
 * @throws ConfigurationInvalid saying which address cannot be had, and why
 */
export async function bind(
  configuration: ConfigurationSource,
  at: readonly string[],
  listening: ListenDocument,
  limits: {
    readonly maxRequestBytes?: number;
    readonly hosts?: readonly string[];
    readonly origins?: readonly string[];
    readonly mutualTls?: MutualTls;
  },
): Promise<Listener> {
  const { host = "127.0.0.1", port = 0, socket, allowRemote = false, hosts } = listening;
  const rules = { ...limits, ...(hosts === undefined ? {} : { hosts }) };
  try {
    if (socket !== undefined)
      return await listen({ socket: resolve(configuration.directory, socket), ...rules });
    return await listen({ host, port, allowRemote, ...rules });
  } catch (error) {
    throw new ConfigurationInvalid([configuration.problem(at, `${at.join(".")}: ${whyNotBound(error)}`)]);
  }
}
