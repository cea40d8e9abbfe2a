import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A host that would make an attacker's tokens good, if only somebody asked it. */
export interface RogueHost extends AsyncDisposable {
  readonly url: string;
  /** Paths asked for. */
  readonly requests: readonly string[];
}

/** Serves `keys` at every path, as a discovery document and a key set in one. */
export async function rogueHost(keys: readonly object[]): Promise<RogueHost> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(request.url ?? "");
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ issuer: url, jwks_uri: `${url}/jwks`, keys }));
  });
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
