import { createBroker, fileKeys } from "@watchword/broker";
import { brokerHttp } from "@watchword/broker/http";
import { postgres } from "@watchword/broker/postgres";
import { sqlite } from "@watchword/broker/sqlite";
import { listen } from "@watchword/gateway";
import { localKeyVerifier } from "@watchword/identity/local-key";
import { join } from "node:path";
import { serveQuestions, settings } from "../frame/served.ts";
import { ISSUER } from "../world/bench-agent.ts";
import { TENANT, benchPolicy, otherOperations } from "../world/bench-policy.ts";
import { benchSystem } from "../world/bench-system.ts";
import { type Counts, collectCounts } from "./counted-statements.ts";

/** What a broker's process is started with. */
export interface BrokerSettings {
  /** Keys of broker and workload: those who are compared have the same. */
  readonly directory: string;
  /** Path of the SQLite file, or URL of the migrated database. */
  readonly store: { readonly sqlite: string } | { readonly postgres: string };
  readonly grants: number;
  /** Grants that it will have at most, when it is asked for more. Default: no more. */
  readonly mostGrants?: number;
  /** Default: as a served broker does. 0: never, where single statements are counted. */
  readonly sweepMilliseconds?: number;
}

const {
  directory,
  store: place,
  grants,
  mostGrants = grants,
  sweepMilliseconds,
} = settings() as BrokerSettings;
const store = "sqlite" in place ? await sqlite(place.sqlite) : await postgres({ url: place.postgres });
const listener = await listen({ host: "127.0.0.1", port: 0 });
const broker = await createBroker({
  issuer: ISSUER,
  gateway: "https://gateway.bench.example",
  policy: benchPolicy(grants),
  store,
  keys: await fileKeys(join(directory, "keys")),
  systems: { orders: benchSystem(otherOperations(mostGrants)) },
  verifiers: [await localKeyVerifier({ directory: join(directory, "workload"), audience: ISSUER })],
  environment: "development",
  isolation: "own-process",
  ...(sweepMilliseconds === undefined ? {} : { sweepMilliseconds }),
});
await broker.tenants.put({
  id: TENANT,
  connections: { orders: { account: "acct_mid", secret: "rk_test_bench_0123456789abcdef" } },
});
const http = brokerHttp(broker);
listener.serve(async (request) => http.fetch(request));

serveQuestions(
  { url: listener.url },
  async () => {
    await listener.close();
    await broker[Symbol.asyncDispose]();
    await store[Symbol.asyncDispose]();
  },
  {
    counts: (): Promise<Counts> => collectCounts(),
    // Takes up the policy that another replica activated.
    sweep: () => broker.sweep(),
  },
);
