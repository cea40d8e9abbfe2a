import { resolve } from "node:path";
import { type BrokerOptions, fileSink, httpSink } from "@watchword/broker";
import type { Configuration } from "./load-configuration.ts";
import type { ServerLog } from "./server-log.ts";

/** Where checkpoints of the ledger go by a configuration; what goes wrong on the way is in the log. */
export function ledgerOptions(
  { document, directory }: Configuration,
  log: ServerLog,
  send: typeof fetch | undefined,
): NonNullable<BrokerOptions["ledger"]> {
  const { sinks = [], requireSink = false } = document.ledger ?? {};
  return {
    sinks: sinks.map(({ file, url }) =>
      url === undefined
        ? fileSink(resolve(directory, file ?? ""))
        : httpSink(url, send === undefined ? {} : { fetch: send }),
    ),
    requireSink,
    onTrouble: ({ event, ...fields }) => log({ level: "error", event, ...fields }),
  };
}
