import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { JobName, JobOrders, JobResults } from "./jobs.ts";

/** What an agent's process must know to reach the broker; nothing in it is secret. */
export interface AgentSettings {
  readonly brokerUrl: string;
  readonly workloadDirectory: string;
}

/** The agents' process, as the demo's own process drives it. */
export interface AgentProcess extends AsyncDisposable {
  /** Has the agents do one job and gives what came of it. `paused` is called when the job waits to be told to go on. */
  ask<Name extends JobName>(
    name: Name,
    order: JobOrders[Name],
    paused?: () => Promise<void>,
  ): Promise<JobResults[Name]>;
  /** SIGKILL, as when a machine dies. */
  kill(): Promise<void>;
}

interface Line {
  readonly paused?: true;
  readonly result?: unknown;
  readonly error?: string;
}

/** Starts the agents in a process of their own. They reach broker and gateway over HTTP alone. */
export function startAgent(settings: AgentSettings): AgentProcess {
  const child = spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(new URL("./agent-process.ts", import.meta.url))],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const send = (order: object): void => void child.stdin.write(`${JSON.stringify(order)}\n`);
  // An agent that dies is told by its missing answer; writing to it must not end the demo.
  child.stdin.on("error", () => undefined);
  send(settings);

  async function read(): Promise<Line> {
    const { value, done } = await lines.next();
    if (done === true) throw new Error("the agents' process ended without a word");
    return JSON.parse(value) as Line;
  }

  return {
    async ask(name, order, paused) {
      send({ job: name, order });
      for (;;) {
        const line = await read();
        if (line.error !== undefined) throw new Error(`the agents' process failed: ${line.error}`);
        if (line.paused !== true) return line.result as JobResults[typeof name];
        await paused?.();
        send({ goOn: true });
      }
    },
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end();
      await exited;
    },
  };
}
