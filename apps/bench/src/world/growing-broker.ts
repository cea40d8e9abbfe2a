import { join } from "node:path";
import { type MeasuredProcess, measuredProcess } from "../frame/measured-process.ts";
import { connections, post, postAll } from "../frame/post-all.ts";
import type { BrokerSettings } from "../servers/broker-process.ts";
import { type BenchAgent, benchAgent } from "./bench-agent.ts";
import { benchPolicy } from "./bench-policy.ts";
import type { GrowingStore, StoreWork } from "./growing-store.ts";

const BROKER = new URL("../servers/broker-process.ts", import.meta.url);
/** Exchanges that are counted. */
const COUNTED = 8;

/** A broker whose tenants, leases and grants become more, and an agent of one of the tenants. */
export interface GrowingBroker {
  readonly server: MeasuredProcess<{ url: string }>;
  readonly agent: BenchAgent;
  /** Has it so many tenants with all that is theirs, and so many grants. Never fewer than before. */
  grow(size: number): Promise<void>;
  /** What one exchange has the store do. */
  work(): Promise<StoreWork>;
}

/** How {@link growingBroker} starts one. */
export interface GrowingSettings {
  /** Of the broker's and the workload's keys. */
  readonly directory: string;
  /** Grants that it begins with, and that it will have at most. */
  readonly grants: { readonly first: number; readonly most: number };
  /** Whether what its store does can be counted. */
  readonly counted: boolean;
}

/** Starts a broker on a new store, in which one tenant has acted once. */
export async function growingBroker(
  store: GrowingStore,
  { directory, grants, counted }: GrowingSettings,
): Promise<GrowingBroker> {
  const server = await measuredProcess<{ url: string }>(
    BROKER,
    {
      directory,
      store: store.place,
      grants: grants.first,
      mostGrants: grants.most,
      sweepMilliseconds: 0,
    } satisfies BrokerSettings,
    counted ? store.countingFlags : [],
  );
  const open = connections();
  const url = `${server.ready.url}/token`;
  const agent = await benchAgent(server.ready.url, join(directory, "workload"), open);
  const act = async (count: number): Promise<void> => {
    for (const form of await agent.forms(count)) {
      const { status, text } = await post(url, form, open);
      if (status !== 200) throw new Error(`the broker refuses: ${text}`);
    }
  };
  await act(1);
  const held = { tenants: 1, grants: grants.first };
  return {
    server,
    agent,
    grow: async (size) => {
      const policy = size > held.grants ? benchPolicy(size) : undefined;
      await store.grow({ from: held.tenants, to: size, policy });
      if (policy !== undefined) await server.ask("sweep");
      Object.assign(held, { tenants: size, grants: size });
      // What is prepared once, is.
      await postAll(url, await agent.forms(4), open);
    },
    work: () => store.work({ ask: (question) => server.ask(question), act }, COUNTED),
  };
}
