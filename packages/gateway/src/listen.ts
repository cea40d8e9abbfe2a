import { type IncomingMessage, type Server, type ServerResponse, createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { Refusal } from "@watchword/core";
import { answerRefusal } from "./answer-refusal.ts";
import { bindSocket } from "./bind-socket.ts";
import { isLoopback } from "./is-loopback.ts";
import { type ReadRequest, readIncoming, requestOf } from "./read-incoming.ts";
import { type GatewayAnswer, directOf } from "./gateway-exchange.ts";
import { PlainHeaders } from "./plain-headers.ts";
import { writeStream } from "./write-stream.ts";

/**
 * Answers one request; `rawTarget` is the target as it came over the wire. The request's `signal` aborts when whoever asked is
 * gone, and when the listener closes.
 */
export type RequestHandler = (request: Request, rawTarget: string) => Promise<Response>;

/** Options of {@link listen}: an address, or a Unix socket. */
export type ListenOptions = (AddressOptions | SocketOptions) & {
  /** `Host` values to answer to; default: exactly that of the listener's URL. */
  readonly hosts?: readonly string[];
  /** `Origin` values of pages that may ask; default: no page may. */
  readonly origins?: readonly string[];
  /** Bytes of a request's body; default 64 KiB. */
  readonly maxRequestBytes?: number;
  /** Ends TLS here, and lets only clients in whose certificate this authority signed. */
  readonly mutualTls?: MutualTls;
};

/** Certificates in PEM. */
export interface MutualTls {
  readonly certificate: string;
  readonly privateKey: string;
  /** The authority of the *other* side's certificates. */
  readonly authority: string;
}

/** Listening on TCP. */
interface AddressOptions {
  /** A loopback host, unless `allowRemote` says that the network in front of it is guarded. */
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
  readonly allowRemote?: boolean;
}

/** Listening on a Unix socket of mode 0600; its directory is the caller's to make and to guard. */
interface SocketOptions {
  readonly socket: string;
  /**
   * The origin that requests on the socket are made for: clients send its host as `Host`, and proofs name URLs below it.
   * Default `http://localhost`.
   */
  readonly url?: string;
}

/** A bound listener. It answers 503 until something is served. */
export interface Listener {
  readonly url: string;
  serve(handler: RequestHandler): void;
  /** Stops accepting, waits for the requests that arrived whole, and closes. */
  close(): Promise<void>;
}

/**
 * Binds first, so that the URL is known before broker and gateway are made. Everything that makes two readers of one
 * request disagree is refused here.
 *
 * @throws TypeError when the host is not loopback and `allowRemote` is not set, Refusal `configuration_invalid` for a
 *   socket that cannot be had
 *
 * @example
 * ```ts
 * const listener = await listen({ host: "127.0.0.1", port: 0 });
 * listener.serve(createGateway({ url: listener.url, leases, systems }).fetch);
 * ```
 */
export async function listen(options: ListenOptions): Promise<Listener> {
  const server = makeServer(options.mutualTls);
  const { url, release } = await bind(server, options);
  const rules = {
    hosts: options.hosts ?? [new URL(url).host],
    origins: options.origins ?? [],
    maxRequestBytes: options.maxRequestBytes ?? 65_536,
  };
  const underWay = new Set<Promise<void>>();
  const arriving = new Set<IncomingMessage>();
  const closing = new AbortController();
  let handler: RequestHandler | undefined;

  server.on("request", (incoming, outgoing) => {
    const answered = respond(incoming, outgoing).finally(() => underWay.delete(answered));
    underWay.add(answered);
  });
  server.on("connect", (_incoming, socket) =>
    socket.end("HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\n\r\n"),
  );

  async function respond(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    try {
      arriving.add(incoming);
      const answer = answerOf(
        await readIncoming(incoming, rules).finally(() => arriving.delete(incoming)),
        outgoing,
      );
      await write(outgoing, await answer, closing.signal);
    } catch (error) {
      // What could not be read as one request leaves no connection behind to read another from.
      outgoing.shouldKeepAlive = false;
      await write(outgoing, answerRefusal(Refusal.from(error, "internal").reason), closing.signal);
    }
  }

  /** Not asynchronous, so that nothing here holds what was read while its answer waits. */
  function answerOf(
    { method, rawTarget, pairs, body }: ReadRequest,
    outgoing: ServerResponse,
  ): Promise<GatewayAnswer | Response> {
    if (handler === undefined) return Promise.resolve(notServing());
    const direct = directOf(handler);
    if (direct !== undefined) return direct({ method, headers: new PlainHeaders(pairs), body }, rawTarget);
    const request = requestOf({ method, rawTarget, pairs, body }, url);
    saySignal(request, outgoing, closing.signal);
    return handler(request, rawTarget);
  }

  return Object.freeze({
    url,
    serve: (next: RequestHandler) => void (handler = next),
    close: async () => {
      release?.();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      // Events have no end of their own; whoever listens to them begins anew elsewhere.
      closing.abort();
      // Nothing was done for what has not arrived whole, and a closed server no longer measures how long that takes.
      for (const incoming of arriving) incoming.destroy();
      await Promise.allSettled(underWay);
      server.closeAllConnections();
      await closed;
    },
  });
}

const LIMITS = {
  insecureHTTPParser: false,
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
} as const;

function makeServer(tls: MutualTls | undefined): Server {
  if (tls === undefined) return createServer(LIMITS);
  return createTlsServer({
    ...LIMITS,
    cert: tls.certificate,
    key: tls.privateKey,
    ca: tls.authority,
    // INVARIANT: a connection without a certificate of the authority ends before a request is read.
    requestCert: true,
    rejectUnauthorized: true,
    minVersion: "TLSv1.3",
  });
}

/** Binds the server and says under which URL it answers; a socket is taken away by `release`. */
async function bind(
  server: Server,
  options: ListenOptions,
): Promise<{ readonly url: string; readonly release?: () => void }> {
  if ("socket" in options) {
    const url = options.url ?? "http://localhost";
    if (!/^http:\/\/[a-z0-9.-]+$/.test(url))
      throw new TypeError("listen: url of a socket must be an http origin without a path");
    return { url, release: await bindSocket(server, options.socket) };
  }
  const { host, port, allowRemote } = options;
  if (!isLoopback(host) && allowRemote !== true)
    throw new TypeError("listen: host must be a loopback host, unless allowRemote is set");
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const name = host.includes(":") && !host.startsWith("[") ? `[${host}]` : host;
  const scheme = options.mutualTls === undefined ? "http" : "https";
  return { url: `${scheme}://${name}:${(server.address() as AddressInfo).port}` };
}

/** Made when somebody looks at it: most requests are answered before anybody would. */
function saySignal(request: Request, outgoing: ServerResponse, closing: AbortSignal): void {
  let signal: AbortSignal | undefined;
  Object.defineProperty(request, "signal", {
    get: () => {
      if (signal !== undefined) return signal;
      const gone = new AbortController();
      const leave = (): void => {
        closing.removeEventListener("abort", leave);
        if (!outgoing.writableFinished) gone.abort();
      };
      outgoing.once("close", leave);
      closing.addEventListener("abort", leave, { once: true });
      if (closing.aborted || outgoing.destroyed) leave();
      return (signal = gone.signal);
    },
  });
}

function notServing(): Response {
  return Response.json(
    { error: "temporarily_unavailable" },
    { status: 503, headers: { "retry-after": "1" } },
  );
}

async function write(
  outgoing: ServerResponse,
  response: GatewayAnswer | Response,
  closing: AbortSignal,
): Promise<void> {
  const streamed =
    response.headers.get("content-type") === "text/event-stream" ||
    response.headers.get("transfer-encoding") === "chunked";
  if (streamed && response.body instanceof ReadableStream)
    return writeStream(outgoing, response, response.body, closing);
  const body = response instanceof Response ? Buffer.from(await response.arrayBuffer()) : response.body;
  if (outgoing.headersSent || outgoing.destroyed) return;
  await new Promise<void>((resolve) => {
    outgoing.once("close", resolve);
    outgoing.writeHead(response.status, [...response.headers].flat());
    outgoing.end(body ?? undefined, () => resolve());
  });
}
