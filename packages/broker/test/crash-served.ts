import { listen } from "@watchword/gateway";
import { MAX_FORM_BYTES, brokerHttp } from "../src/http/index.ts";
import type { Broker } from "../src/index.ts";

/** A broker behind a listener of its own, as agents reach it. */
export interface Served extends AsyncDisposable {
  readonly url: string;
}

export async function served(broker: Broker): Promise<Served> {
  const listener = await listen({ host: "127.0.0.1", port: 0, maxRequestBytes: MAX_FORM_BYTES });
  const app = brokerHttp(broker);
  listener.serve(async (request) => app.fetch(request));
  return { url: listener.url, [Symbol.asyncDispose]: () => listener.close() };
}
