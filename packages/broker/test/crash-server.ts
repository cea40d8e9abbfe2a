import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** What a server is started with, and where it dies. */
export interface CrashOrder {
  readonly directory: string;
  readonly twinUrl: string;
  readonly point: string;
}

/** A broker with its gateway in a process of its own, until it dies. */
export interface CrashServer extends AsyncDisposable {
  readonly url: string;
  /** A token of dana's, from the login that this server trusts. */
  readonly user: string;
  /** By what it died. */
  readonly died: Promise<string | null>;
}

const CHILD = fileURLToPath(new URL("./crash-child.ts", import.meta.url));

export async function crashServer(order: CrashOrder): Promise<CrashServer> {
  const child = spawn(process.execPath, ["--conditions=@watchword/source", CHILD], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const died = once(child, "exit").then(([, signal]) => signal as string | null);
  child.stdin.end(`${JSON.stringify(order)}\n`);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done === true) throw new Error(`the server did not start: ${String(await died)}`);
  const { url, user } = JSON.parse(first.value) as { url: string; user: string };
  return {
    url,
    user,
    died,
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await died;
    },
  };
}
