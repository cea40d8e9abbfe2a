import { MAX_OPERATOR_BYTES, operatorsHttp } from "@watchword/broker/http";
import type { Operators } from "@watchword/broker";
import type { Listener } from "@watchword/gateway";
import { bind } from "./bind.ts";
import type { Configuration } from "./load-configuration.ts";
import { type ServerLog, refusalFields } from "./server-log.ts";

/**
 * Binds what `operators.listen` names: a listener of its own, which agents need not reach; `undefined` where the configuration
 * has no such section.
 *
 * @throws ConfigurationInvalid for another than a loopback host without `allowRemote`, or an address that cannot be had
 */
export async function bindOperatorsApi(configuration: Configuration): Promise<Listener | undefined> {
  const { operators } = configuration.document;
  if (operators === undefined) return undefined;
  return bind(configuration, ["operators", "listen"], operators.listen, {
    maxRequestBytes: MAX_OPERATOR_BYTES,
  });
}

/** Serves the operators' API there. */
export function serveOperatorsApi(
  listener: Listener | undefined,
  operators: Operators | undefined,
  log: ServerLog,
): void {
  if (listener === undefined || operators === undefined) return;
  const app = operatorsHttp({
    operators,
    onRefusal: (refusal, operation) =>
      log({ level: "warn", event: "operator_refused", operation, ...refusalFields(refusal) }),
  });
  listener.serve(async (request) => app.fetch(request));
}
