import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/**
 * Runs the agent in its own process until it has said its one line. `kill`: SIGKILL then, as when a machine dies;
 * otherwise waits for its end.
 *
 * @throws Error when the process ends without a word; its error output is shown by then.
 */
export async function runAgentProcess(order: object, end: "kill" | "wait"): Promise<Record<string, unknown>> {
  const child = spawn(
    process.execPath,
    [...process.execArgv, fileURLToPath(new URL("./agent-process.ts", import.meta.url))],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.stdin.end(JSON.stringify(order));
  for await (const line of createInterface({ input: child.stdout })) {
    if (end === "kill") child.kill("SIGKILL");
    await exited;
    return JSON.parse(line) as Record<string, unknown>;
  }
  throw new Error("the agent's process ended without a word");
}
