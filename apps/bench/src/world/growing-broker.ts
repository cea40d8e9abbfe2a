import { join } from "node:path";
import { type MeasuredProcess, measuredProcess } from "../frame/measured-process.ts";
import { connections, post, postAll } from "../frame/post-all.ts";
import type { BrokerSettings } from "../servers/broker-process.ts";
import type { Counts } from "../servers/counted-statements.ts";
import { type BenchAgent, benchAgent } from "./bench-agent.ts";
import { growSqlite } from "./grow-sqlite.ts";
import { type StoreWork, sqliteWork } from "./sqlite-work.ts";

const BROKER = new URL("../servers/broker-process.ts", import.meta.url);
const COUNTING = new URL("../servers/count-statements.ts", import.meta.url);
/** Exchanges that are counted: one after the other, so that each is a transaction of its own. */
const COUNTED = 8;

/** Grants at most: reading a policy takes most of a millisecond for each, once. */
export const MOST_GRANTS = 10_000;

/** A broker with so many tenants, grants and leases, and an agent of one of them. */
export interface GrowingBroker {
  readonly server: MeasuredProcess<{ url: string }>;
  readonly agent: BenchAgent;
  /** What one exchange has the store do. */
  readonly work: () => Promise<StoreWork>;
}

/** Starts a broker on a new SQLite file below `directory`, and lets it grow to `size`. `counted`: its statements are counted. */
export async function growingBroker(
  directory: string,
  size: number,
  { counted }: { readonly counted: boolean },
): Promise<GrowingBroker> {
  const path = join(directory, `watchword-${size}.db`);
  const server = await measuredProcess<{ url: string }>(
    BROKER,
    {
      directory,
      store: { sqlite: path },
      grants: Math.min(size, MOST_GRANTS),
      sweepMilliseconds: 0,
    } satisfies BrokerSettings,
    counted ? [`--import=${COUNTING.href}`] : [],
  );
  const open = connections();
  const agent = await benchAgent(server.ready.url, join(directory, "workload"), open);
  const act = async (count: number): Promise<void> => {
    for (const form of await agent.forms(count)) {
      const { status, text } = await post(`${server.ready.url}/token`, form, open);
      if (status !== 200) throw new Error(`the broker refuses: ${text}`);
    }
  };
  await act(1);
  if (size > 1) growSqlite(path, size - 1);
  // What is prepared once, is.
  await postAll(`${server.ready.url}/token`, await agent.forms(4), open);
  return {
    server,
    agent,
    work: async () => {
      await server.ask("counts");
      await act(COUNTED);
      return sqliteWork(path, await server.ask<Counts>("counts"), COUNTED);
    },
  };
}
