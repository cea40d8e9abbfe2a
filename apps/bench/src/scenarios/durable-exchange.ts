import type { TokenAnswer } from "@watchword/core";
import { join } from "node:path";
import { type Contestant, compare } from "../frame/compare.ts";
import { type MeasuredProcess, measuredProcess } from "../frame/measured-process.ts";
import { connections, post } from "../frame/post-all.ts";
import type { Scenario, ScenarioContext, ScenarioResult } from "../scenario.ts";
import type { BrokerSettings } from "../servers/broker-process.ts";
import { LIMIT_OPERATIONS } from "../servers/limit-cryptography.ts";
import type { LimitSettings } from "../servers/limit-process.ts";
import { type BenchAgent, benchAgent } from "../world/bench-agent.ts";
import { benchPostgres } from "../world/bench-postgres.ts";
import { servedContestant } from "../world/served-contestant.ts";

type Server = MeasuredProcess<{ url: string }>;

const BROKER = new URL("../servers/broker-process.ts", import.meta.url);
const LIMIT = new URL("../servers/limit-process.ts", import.meta.url);
/** Warm-ups of other scenarios that go ahead here. */
const WARM_UP_TIMES = 5;
const TITLE = "one act over HTTP: CPU of the server's process";

/** What an audited act costs beside the least that its signatures and HTTP cost. */
export const durableExchange: Scenario = {
  name: "durable-exchange",
  title: "durable exchange over HTTP",
  run: measure,
};

async function measure(context: ScenarioContext): Promise<ScenarioResult> {
  const { directory, effort, progress } = context;
  await using open = new AsyncDisposableStack();
  const started = async (file: URL, settings: object): Promise<Server> =>
    open.use(await measuredProcess<{ url: string }>(file, settings));
  const broker = (store: BrokerSettings["store"]): Promise<Server> =>
    started(BROKER, { directory, store, grants: 100 } satisfies BrokerSettings);

  progress("starting a PostgreSQL");
  const database = open.use(await benchPostgres());
  const onSqlite = await broker({ sqlite: join(directory, "watchword.db") });
  const onPostgres = await broker({ postgres: await database.migrated() });
  const agents = {
    sqlite: await benchAgent(onSqlite.ready.url, join(directory, "workload"), connections()),
    postgres: await benchAgent(onPostgres.ready.url, join(directory, "workload"), connections()),
  };
  const limit = { keys: agents.sqlite.keys, answer: await oneAnswer(onSqlite, agents.sqlite) };
  const limits = {
    same: await started(LIMIT, { ...limit, stack: "same" } satisfies LimitSettings),
    again: await started(LIMIT, { ...limit, stack: "same" } satisfies LimitSettings),
    bare: await started(LIMIT, { ...limit, stack: "bare" } satisfies LimitSettings),
  };
  const contestants: Contestant[] = [
    servedContestant("limit", limits.same, agents.sqlite.forms),
    servedContestant("limit, a second time", limits.again, agents.sqlite.forms),
    servedContestant("limit on bare node:http", limits.bare, agents.sqlite.forms),
    servedContestant("broker, SQLite", onSqlite, agents.sqlite.forms),
    servedContestant("broker, PostgreSQL", onPostgres, agents.postgres.forms),
  ];
  // V8 compiles what is new for some thousand acts; a broker that serves has that behind it.
  const warm = { ...effort, warmUp: effort.warmUp * WARM_UP_TIMES };
  const comparison = await compare(contestants, warm, { now: () => performance.now(), progress });
  return {
    comparisons: [{ title: TITLE, ...comparison }],
    counts: [],
    goals: [{ comparison: TITLE, row: "broker, SQLite", atMost: 1.6 }],
    notes: [
      "limit: the same listener and routes, the same bytes in and out, and of one act only this, by node:crypto:",
      ...LIMIT_OPERATIONS.map((operation) => `  ${operation}`),
      "limit, a second time: the same server once more. What it is off from 1 is the noise of this run.",
      "brokers: every act decided, spent and recorded durably (SQLite: WAL, synchronous=FULL; PostgreSQL: synchronous_commit on), sweeps and checkpoints as served; leases last 5 minutes, so their ends are not in it.",
      "PostgreSQL's own processes are not in it, only the broker's side.",
    ],
  };
}

/** An answer as the limit gives it back; checked to be one that opens a lease. */
async function oneAnswer(server: Server, agent: BenchAgent): Promise<TokenAnswer> {
  const [form = Buffer.alloc(0)] = await agent.forms(1);
  const { status, text } = await post(`${server.ready.url}/token`, form, connections());
  const members = JSON.parse(text) as Record<string, unknown>;
  if (status !== 200 || members["lease"] === undefined) throw new Error(`the broker refuses: ${text}`);
  return { ok: true, ...members } as TokenAnswer;
}
