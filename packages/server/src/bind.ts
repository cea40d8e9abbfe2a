import { resolve } from "node:path";
import { type Listener, listen } from "@watchword/gateway";
import { ConfigurationInvalid } from "./configuration-problem.ts";
import type { Configuration } from "./load-configuration.ts";
import { whyNotBound } from "./why-not-bound.ts";

/**
 * Binds what one `listen:` names.
 *
 * @throws ConfigurationInvalid saying which address cannot be had, and why
 */
export async function bind(
  configuration: Configuration,
  part: "broker" | "gateway",
  limits: {
    readonly maxRequestBytes?: number;
    readonly hosts?: readonly string[];
    readonly origins?: readonly string[];
  },
): Promise<Listener> {
  const {
    host = "127.0.0.1",
    port = 0,
    socket,
    allowRemote = false,
    hosts,
  } = configuration.document[part].listen;
  const rules = { ...limits, ...(hosts === undefined ? {} : { hosts }) };
  try {
    if (socket !== undefined)
      return await listen({ socket: resolve(configuration.directory, socket), ...rules });
    return await listen({ host, port, allowRemote, ...rules });
  } catch (error) {
    throw new ConfigurationInvalid([
      configuration.problem([part, "listen"], `${part}.listen: ${whyNotBound(error)}`),
    ]);
  }
}
