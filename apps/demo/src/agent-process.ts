import { createInterface } from "node:readline";
import { localKeySource } from "@watchword/identity/local-key";
import { type Runtime, createRuntime, httpBroker } from "@watchword/middleware";
import type { AgentSettings } from "./agent.ts";
import { JOBS, type JobName } from "./jobs.ts";
import { ISSUER } from "./world.ts";

/**
 * The agents, in a process of their own. What they need arrives on standard input, never on the command line; what came of
 * a job leaves as one JSON line. No key, no store and no policy is in here: only a way to the broker.
 */
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

async function next(): Promise<Record<string, unknown> | undefined> {
  const { value, done } = await lines.next();
  return done === true ? undefined : (JSON.parse(value) as Record<string, unknown>);
}

const say = (line: object): void => void process.stdout.write(`${JSON.stringify(line)}\n`);

const settings = (await next()) as unknown as AgentSettings;

/** A runtime for one agent of one workload. `fetch` replaces the way to the gateway, for the demo's thief. */
async function runtime(agent: string, fetch?: typeof globalThis.fetch): Promise<Runtime> {
  const source = await localKeySource({
    directory: settings.workloadDirectory,
    subject: agent.startsWith("coder") ? "code-runtime" : "support-runtime",
    audience: ISSUER,
  });
  return createRuntime({
    broker: httpBroker({ issuer: ISSUER, url: settings.brokerUrl }),
    workload: () => source.token(),
    agent,
    ...(fetch === undefined ? {} : { fetch }),
  });
}

const pause = async (): Promise<void> => {
  say({ paused: true });
  await next();
};

for (let line = await next(); line !== undefined; line = await next()) {
  const job = JOBS[line["job"] as JobName] as (world: object, order: unknown) => Promise<unknown>;
  try {
    say({ result: (await job({ runtime, pause }, line["order"])) ?? null });
  } catch (error) {
    say({ error: error instanceof Error ? error.message : "unknown" });
  }
}
