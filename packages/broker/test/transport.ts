import { listen } from "@watchword/gateway";
import { httpBroker } from "@watchword/middleware";
import { MAX_FORM_BYTES, brokerHttp } from "../src/http/index.ts";
import type { Broker } from "../src/index.ts";

/** A broker whose `client` goes the way that this run of the tests is about. */
export interface Reached extends AsyncDisposable {
  readonly broker: Broker;
}

/**
 * In the same process by default; with `WATCHWORD_TEST_TRANSPORT=http` over a real loopback listener. The suites run both
 * ways (`vitest.config.ts`), because the answers must be the same.
 */
export async function reach(broker: Broker, issuer: string): Promise<Reached> {
  if (process.env["WATCHWORD_TEST_TRANSPORT"] !== "http")
    return { broker, [Symbol.asyncDispose]: async () => undefined };
  const listener = await listen({ host: "127.0.0.1", port: 0, maxRequestBytes: MAX_FORM_BYTES });
  const app = brokerHttp(broker);
  listener.serve(async (request) => app.fetch(request));
  return {
    broker: { ...broker, client: httpBroker({ issuer, url: listener.url }) },
    [Symbol.asyncDispose]: () => listener.close(),
  };
}
