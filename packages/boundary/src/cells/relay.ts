import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";

/** A place that listens. */
export interface Place {
  readonly host: string;
  readonly port: number;
}

/** Passes connections on, byte by byte. */
export interface Relay extends AsyncDisposable {
  readonly port: number;
}

/** Listens at one place and passes every connection on to another, as long as it is open. `port: 0`: any free one. */
export async function relay(from: Place, to: Place): Promise<Relay> {
  const open = new Set<{ destroy(): unknown }>();
  const server = createServer((incoming) => {
    const outgoing = connect(to);
    for (const [one, other] of [
      [incoming, outgoing],
      [outgoing, incoming],
    ] as const) {
      open.add(one);
      one.once("close", () => {
        open.delete(one);
        other.destroy();
      });
      // Whoever asked sees a connection that was cut, as from a system that died.
      one.once("error", () => other.destroy());
    }
    incoming.pipe(outgoing).pipe(incoming);
  });
  server.listen(from.port, from.host);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      const closed = once(server, "close");
      server.close();
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}
