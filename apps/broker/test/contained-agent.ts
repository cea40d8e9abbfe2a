import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";

/**
 * Runs an agent and its payment system in a container by `docker <args>`. Once the system is there, `whenThere` is called, then
 * the agent begins; gives what it saw.
 */
export async function containedAgent(args: readonly string[], whenThere: () => void): Promise<unknown> {
  const child = spawn("docker", args, { stdio: ["pipe", "pipe", "pipe"] });
  const [ended, errors] = [once(child, "close"), text(child.stderr)];
  const lines: string[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    lines.push(line);
    if (lines.length > 1) continue;
    whenThere();
    child.stdin.end("begin\n");
  }
  await ended;
  if (lines[1] === undefined) throw new Error(await errors);
  return JSON.parse(lines[1]);
}
