import { once } from "node:events";
import { type Socket, connect, createServer } from "node:net";

/** A network between a client and a server that tests can make bad. */
export interface StallingProxy extends AsyncDisposable {
  readonly port: number;
  /** Keeps back what is sent on the connections of now; later ones are good. */
  hold(): void;
  /** Cuts a connection instead of bringing the server's answer. */
  loseAnswers(): void;
  /** Ends both. What was kept back arrives, whether or not anybody still waits; resolves when the server has dealt with it. */
  release(): Promise<void>;
}

interface Pair {
  readonly client: Socket;
  readonly upstream: Socket;
  holding: boolean;
  readonly held: Uint8Array[];
}

export async function stallingProxy(target: number): Promise<StallingProxy> {
  let losing = false;
  const pairs = new Set<Pair>();
  const server = createServer((client) => {
    const pair: Pair = { client, upstream: connect(target, "127.0.0.1"), holding: false, held: [] };
    pairs.add(pair);
    client.on("data", (chunk) => void (pair.holding ? pair.held.push(chunk) : pair.upstream.write(chunk)));
    pair.upstream.on("data", (chunk) => void (losing ? client.destroy() : client.write(chunk)));
    for (const socket of [client, pair.upstream]) socket.on("error", () => undefined);
    client.on("close", () => pair.holding || pair.upstream.destroy());
    pair.upstream.on("close", () => client.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    hold: () => {
      for (const pair of pairs) pair.holding = true;
    },
    loseAnswers: () => void (losing = true),
    release: async () => {
      losing = false;
      await Promise.all([...pairs].filter(({ holding }) => holding).map(deliver));
    },
    [Symbol.asyncDispose]: async () => {
      for (const { client, upstream } of pairs) [client, upstream].forEach((socket) => socket.destroy());
      server.close();
      await once(server, "close");
    },
  };
}

async function deliver(pair: Pair): Promise<void> {
  pair.holding = false;
  if (pair.held.length > 0) {
    const dealtWith = Promise.race([once(pair.upstream, "data"), once(pair.upstream, "close")]);
    for (const chunk of pair.held.splice(0)) pair.upstream.write(chunk);
    await dealtWith;
  }
  if (pair.client.destroyed) pair.upstream.destroy();
}
