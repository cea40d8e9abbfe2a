import { type IncomingMessage, request as httpRequest } from "node:http";
import { Readable } from "node:stream";

const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * `fetch` over a Unix socket: the URL's host goes into the `Host` header and nowhere else. It follows no redirect,
 * because there is nobody else on the socket.
 *
 * @example
 * ```ts
 * const runtime = createRuntime({ broker: httpBroker({ issuer, socket }), fetch: socketFetch(gatewaySocket), … });
 * ```
 */
export function socketFetch(path: string): typeof globalThis.fetch {
  return async (input, init) => {
    const request = new Request(input, init);
    const url = new URL(request.url);
    if (url.protocol !== "http:") throw new TypeError("socketFetch: http: URLs only");
    const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
    request.signal.throwIfAborted();
    const incoming = await send(path, request, url, body);
    const status = incoming.statusCode ?? 500;
    if (status >= 300 && status < 400 && status !== 304 && request.redirect !== "manual") {
      incoming.destroy();
      throw new TypeError("socketFetch: a redirect was answered");
    }
    return new Response(WITHOUT_BODY.has(status) ? null : bodyOf(incoming), {
      status,
      headers: headersOf(incoming.rawHeaders),
    });
  };
}

function send(path: string, request: Request, url: URL, body: Buffer | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        socketPath: path,
        method: request.method,
        path: `${url.pathname}${url.search}`,
        headers: {
          ...Object.fromEntries(request.headers),
          host: url.host,
          ...(body === undefined ? {} : { "content-length": body.byteLength }),
        },
        agent: false,
        signal: request.signal,
      },
      resolve,
    );
    outgoing.once("error", (error: NodeJS.ErrnoException) =>
      // As `fetch` does: the signal's own reason, or a TypeError; nothing of the request is in either.
      reject(
        request.signal.aborted
          ? (request.signal.reason as Error)
          : new TypeError(`socketFetch: ${error.code ?? "failed"}`),
      ),
    );
    outgoing.end(body);
  });
}

function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  return Readable.toWeb(incoming) as ReadableStream<Uint8Array>;
}

function headersOf(raw: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < raw.length; index += 2)
    headers.append(raw[index] ?? "", raw[index + 1] ?? "");
  return headers;
}
