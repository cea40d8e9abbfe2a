import { chmod, mkdtemp, rm } from "node:fs/promises";
import { type IncomingMessage, type ServerResponse, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { REASONS, Refusal, randomToken } from "@watchword/core";
import { readShimRequest } from "./read-shim-request.ts";

/** Where a client with a fixed base URL is pointed, for as long as the tool runs. */
export interface Loopback {
  /** The base URL, for clients that take one: it holds the token as its path. */
  readonly url: string;
  /** For clients that take host and port, and a key which they send as Bearer or Basic: the key is {@link token}. */
  readonly host: string;
  readonly port: number;
  readonly protocol: "http";
  /** Where it listens instead when a socket was asked for; `url` is then for requests on it. */
  readonly socketPath: string | undefined;
  /** Opens this listener, and nothing else. It is worth nothing once the tool has returned. */
  readonly token: string;
}

/** Options of `credential.loopback`. */
export interface LoopbackOptions {
  /** The system's origin that requests are for; needed where the lease has several. */
  readonly origin?: string;
  /** A Unix socket in a directory that only this user can enter, in place of a port on 127.0.0.1. */
  readonly socket?: boolean;
}

const LIMITS = { insecureHTTPParser: false, maxHeaderSize: 16_384, headersTimeout: 10_000 } as const;
/** Of a system's answer: what belonged to the connection that it came by. `fetch` has undone the coding. */
const NOT_PASSED: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "transfer-encoding",
  "content-encoding",
  "content-length",
]);

/**
 * Listens on loopback for one guarded call, and sends what comes there by the call's own `fetch`, which adds handle and proof. It
 * answers only to its own `Host`, only to who knows its token, and to no browser.
 *
 * @throws Refusal `target_refused` when it is not clear, or not the lease's, which origin requests are for
 */
export async function loopbackShim(
  send: typeof globalThis.fetch,
  origins: readonly string[],
  options: LoopbackOptions = {},
): Promise<Loopback & AsyncDisposable> {
  const origin = options.origin ?? (origins.length === 1 ? origins[0] : undefined);
  if (origin === undefined || !origins.includes(origin))
    throw new Refusal("target_refused", { detail: "loopback: the origin is not one of the lease's" });
  const token = randomToken(32);
  const server = createServer(LIMITS);
  const closing = new AbortController();
  const { host, port, socketPath, release } = await bind(server, options.socket === true);
  const name = socketPath === undefined ? `${host}:${port}` : host;

  server.on("request", (incoming, outgoing) => void respond(incoming, outgoing));
  server.on("connect", (_incoming, socket) => socket.destroy());
  server.on("upgrade", (_incoming, socket) => socket.destroy());

  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      const { path, ...init } = await readShimRequest(incoming, { name, token });
      const gone = new AbortController();
      outgoing.once("close", () => gone.abort());
      const response = await send(`${origin}${path}`, {
        ...init,
        redirect: "error",
        signal: AbortSignal.any([gone.signal, closing.signal]),
      });
      const headers = [...response.headers].filter(([header]) => !NOT_PASSED.has(header));
      outgoing.writeHead(response.status, headers.flat());
      if (response.body === null) outgoing.end();
      else await pipeline(Readable.fromWeb(response.body), outgoing);
    } catch (error) {
      refuse(outgoing, error);
    }
  }

  return Object.freeze<Loopback & AsyncDisposable>({
    url: `http://${name}/${token}`,
    host,
    port,
    protocol: "http",
    socketPath,
    token,
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      closing.abort();
      server.closeAllConnections();
      await closed;
      await release();
    },
  });
}

type Bound = Pick<Loopback, "host" | "port" | "socketPath"> & { readonly release: () => Promise<void> };

async function bind(server: ReturnType<typeof createServer>, onSocket: boolean): Promise<Bound> {
  const listening = (...where: [string] | [number, string]): Promise<void> =>
    new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(...(where as [number, string]), resolve);
    });
  if (!onSocket) {
    await listening(0, "127.0.0.1");
    const { port } = server.address() as AddressInfo;
    return { host: "127.0.0.1", port, socketPath: undefined, release: async () => undefined };
  }
  // INVARIANT: the directory is this user's alone before the socket is in it; mkdtemp makes it with mode 0700.
  const folder = await mkdtemp(join(tmpdir(), "watchword-"));
  const release = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const socketPath = join(folder, "s");
  try {
    await listening(socketPath);
    await chmod(socketPath, 0o600);
  } catch (error) {
    server.close();
    await release();
    throw error;
  }
  return { host: "localhost", port: 80, socketPath, release };
}

/** The same form as the gateway's own refusals; nothing of the error's text. */
function refuse(outgoing: ServerResponse, error: unknown): void {
  if (outgoing.headersSent || outgoing.destroyed) return void outgoing.destroy();
  const { reason } = Refusal.from(error, "internal");
  const { oauth, status, text } = REASONS[reason];
  outgoing.shouldKeepAlive = false;
  outgoing.writeHead(status, { "content-type": "application/json", "cache-control": "no-store" });
  outgoing.end(JSON.stringify({ error: oauth, error_description: text, reason }));
}
