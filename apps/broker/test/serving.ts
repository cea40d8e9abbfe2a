import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A process that serves, as whoever started it sees it. */
export interface Serving {
  /** The line that says where it listens; `undefined` when it ended without. */
  readonly ready: Promise<Ready | undefined>;
  readonly ended: Promise<number | null>;
  /** Everything that it wrote. */
  readonly said: () => string;
  readonly child: ChildProcess;
}

/** What a server says once it is there. */
export interface Ready {
  readonly event: "ready";
  readonly environment: string;
  readonly broker: string;
  readonly gateway: string;
  readonly leases?: string;
}

/** Starts a command and listens. */
export function serving(command: string, args: readonly string[], env = process.env): Serving {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], env });
  let text = "";
  child.stderr.setEncoding("utf8").on("data", (part: string) => (text += part));
  const ready = Promise.withResolvers<Ready | undefined>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    text += `${line}\n`;
    if (line.startsWith('{"event":"ready"')) ready.resolve(JSON.parse(line) as Ready);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  void ended.finally(() => ready.resolve(undefined)).catch(() => undefined);
  return { ready: ready.promise, ended, said: () => text, child };
}
