import { spawnedServer } from "./spawned-server.ts";

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

export async function crashServer(order: CrashOrder): Promise<CrashServer> {
  const { said, ...server } = await spawnedServer<{ url: string; user: string }>("./crash-child.ts", order);
  return { ...said, ...server };
}
