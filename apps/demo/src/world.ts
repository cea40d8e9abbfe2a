import { join } from "node:path";
import { stripe } from "@watchword/adapter-stripe";
import { type Broker, createBroker, fileKeys } from "@watchword/broker";
import { sqlite } from "@watchword/broker/sqlite";
import type { Store } from "@watchword/core";
import { createGateway, listen } from "@watchword/gateway";
import { localKeySource, localKeyVerifier } from "@watchword/identity/local-key";
import { oidc } from "@watchword/identity/oidc";
import { type Runtime, createRuntime } from "@watchword/middleware";
import { loadPolicy } from "@watchword/policy";

/** What two processes that share a world must agree on; nothing in it is secret. */
export interface WorldSettings {
  /** Where store and keys live. */
  readonly directory: string;
  /** A policy file, or a directory of them. */
  readonly policy: string;
  /** The payment system's address. */
  readonly stripeUrl: string;
  /** Public keys of the login service. */
  readonly jwks: { readonly keys: readonly object[] };
}

/** A broker, its gateway and runtimes in one process: the embedded default, on loopback. */
export interface World extends AsyncDisposable {
  readonly broker: Broker;
  readonly store: Store;
  readonly gatewayUrl: string;
  readonly policyVersion: string;
  /** A runtime for one agent. `fetch` replaces the way to the gateway, for the demo's thief. */
  runtime(agent: string, fetch?: typeof globalThis.fetch): Runtime;
}

export const ISSUER = "https://broker.demo.watchword.example";
export const LOGIN = "https://login.demo.watchword.example";
const SYSTEM = "payments";

/** Opens the world over its directory; a second process that opens the same directory continues the same state. */
export async function openWorld(settings: WorldSettings): Promise<World> {
  const policy = await loadPolicy(settings.policy);
  const keys = await fileKeys(join(settings.directory, "keys"));
  const workloadKey = join(settings.directory, "workload");
  const source = await localKeySource({
    directory: workloadKey,
    subject: "support-runtime",
    audience: ISSUER,
  });
  await using opened = new AsyncDisposableStack();
  const store = opened.use(await sqlite(join(settings.directory, "watchword.db")));
  const listener = await listen({ host: "127.0.0.1", port: 0 });
  opened.defer(() => listener.close());
  const systems = { [SYSTEM]: stripe({ baseUrl: settings.stripeUrl }) };
  const broker = opened.use(
    await createBroker({
      issuer: ISSUER,
      gateway: listener.url,
      policy,
      store,
      keys,
      systems,
      verifiers: [
        await localKeyVerifier({ directory: workloadKey, audience: ISSUER }),
        await oidc({
          issuer: LOGIN,
          audience: ISSUER,
          jwks: settings.jwks,
          algorithms: ["ES256"],
          uses: ["user", "approver"],
        }),
      ],
      environment: "development",
    }),
  );
  const gateway = createGateway({ url: listener.url, leases: broker.leases, systems });
  listener.serve(gateway.fetch);
  const living = opened.move();
  return {
    broker,
    store,
    gatewayUrl: listener.url,
    policyVersion: policy.version,
    runtime: (agent, fetch) =>
      createRuntime({
        broker: broker.client,
        workload: () => source.token(),
        agent,
        ...(fetch === undefined ? {} : { fetch }),
      }),
    [Symbol.asyncDispose]: () => living.disposeAsync(),
  };
}
