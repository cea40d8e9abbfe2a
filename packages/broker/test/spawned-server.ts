import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A process that was told what to serve, and said that it does. */
export interface SpawnedServer<Said> extends AsyncDisposable {
  readonly said: Said;
  /** By what it died. */
  readonly died: Promise<string | null>;
  /** SIGKILL, in whatever it is doing; resolves when it is gone. */
  kill(): Promise<void>;
}

/** Runs a program of this folder from source; the order goes to its standard input, its first line is what it says. */
export async function spawnedServer<Said>(program: string, order: object): Promise<SpawnedServer<Said>> {
  const path = fileURLToPath(new URL(program, import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@watchword/source", path], {
    // By the channel the child learns of the end of whoever started it.
    stdio: ["pipe", "pipe", "inherit", "ipc"],
  });
  const died = once(child, "exit").then(([, signal]) => signal as string | null);
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error("the server has no streams");
  stdin.end(`${JSON.stringify(order)}\n`);
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) throw new Error(`the server did not start: ${String(await died)}`);
  const kill = async (): Promise<void> => {
    child.kill("SIGKILL");
    await died;
  };
  return { said: JSON.parse(first.value) as Said, died, kill, [Symbol.asyncDispose]: kill };
}
