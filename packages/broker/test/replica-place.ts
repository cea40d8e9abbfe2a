import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrokerClient, TokenRequest } from "@watchword/core";
import { type StripeTwin, stripeTwin } from "@watchword/emulators/stripe";
import { vi } from "vitest";
import { postgres } from "../src/postgres/index.ts";
import { postgresPlace } from "./postgres-place.ts";
import { REPLICA_POLICY } from "./replica-policy.ts";
import { type ReplicaProcess, replicaProcess } from "./replica-process.ts";
import { CANARY, ISSUER, type TestWorld, world } from "./world.ts";

/** Replicas as processes over one database, and the place that starts runs and decides approvals. */
export interface ReplicaPlace extends AsyncDisposable {
  /** Its acts go to the replicas, one after the other. */
  readonly place: TestWorld;
  readonly twin: StripeTwin;
  /** Those that are told apart by their place here; a killed one is replaced by {@link ReplicaPlace.restart}. */
  readonly replicas: ReplicaProcess[];
  /** Marks a request as one for this replica. */
  readonly to: (index: number, request: TokenRequest) => TokenRequest;
  /** Another process in the place of this one. */
  readonly restart: (index: number) => Promise<void>;
}

/** Charges of 100 in `acct_acme` at the twin: `ch_0`, `ch_1`, … */
export async function replicaPlace(count: number, charges: number): Promise<ReplicaPlace> {
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "watchword-replicas-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  // What the first replica compiles, the others need not.
  vi.stubEnv("NODE_COMPILE_CACHE", join(directory, "compiled"));
  stack.defer(() => void vi.unstubAllEnvs());
  const database = stack.use(await postgresPlace());
  const storeUrl = database.url("store");
  const twin = await twinWith(charges);
  stack.defer(() => twin.close());
  const replicas: ReplicaProcess[] = [];
  stack.defer(async () => {
    await Promise.all(replicas.map((replica) => replica[Symbol.asyncDispose]()));
  });
  let asked = 0;
  const marked = new WeakMap<TokenRequest, number>();
  const replicaFor = (request: TokenRequest, own: BrokerClient): BrokerClient =>
    replicas[marked.get(request) ?? asked++ % replicas.length]?.client ?? own;
  const place = stack.use(
    await world({
      directory,
      policy: REPLICA_POLICY,
      twinUrl: twin.url,
      store: () => postgres({ url: storeUrl }),
      client: (own) => ({
        ...own,
        // Who may start runs is not what these tests are about: replicas know no issuer.
        token: (request) => (request.dpop === undefined ? replicaFor(request, own) : own).token(request),
      }),
    }),
  );
  const order = { issuer: ISSUER, directory, twinUrl: twin.url, storeUrl };
  replicas.push(await replicaProcess(order));
  const others = Array.from({ length: count - 1 }, () => replicaProcess(order));
  replicas.push(...(await Promise.all(others)));
  const living = stack.move();
  return {
    place,
    twin,
    replicas,
    to: (index, request) => {
      marked.set(request, index);
      return request;
    },
    restart: async (index) => void (replicas[index] = await replicaProcess(order)),
    [Symbol.asyncDispose]: () => living.disposeAsync(),
  };
}

function twinWith(charges: number): Promise<StripeTwin> {
  const ids = Array.from({ length: charges }, (_, index) => `ch_${index}`);
  const charge = { amount: 20_000, currency: "usd", metadata: { tenant: "acme" } };
  return stripeTwin({
    accounts: {
      acct_acme: { charges: Object.fromEntries(ids.map((id) => [id, charge])) },
      acct_globex: { charges: {} },
    },
    keys: [
      {
        secret: CANARY,
        permissions: { charges: "read", refunds: "write" },
        accounts: ["acct_acme", "acct_globex"],
      },
    ],
  });
}
