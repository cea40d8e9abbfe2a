import type { IncomingMessage } from "node:http";
import { request } from "node:https";

const MAX_BYTES = 65_536;
/** Statuses of answers that have no body (Fetch standard, section 2.2.3). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([204, 205, 304]);

/**
 * A `fetch` that trusts this authority (PEM) and no other: the platform's takes none per call. It reads answers of 64 KiB at most
 * unless `maxBytes` says more, follows no redirect, undoes no coding, and rejects as `fetch` does, with nothing of the other side's
 * text.
 */
export function fetchTrusting(authority: string, { maxBytes = MAX_BYTES } = {}): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = Object.fromEntries(new Headers(init.headers));
    const body = typeof init.body === "string" || init.body instanceof Uint8Array ? init.body : "";
    const answer = await new Promise<{ incoming: IncomingMessage; bytes: Buffer }>((resolve, reject) => {
      const failed = (): void => reject(new TypeError("no answer"));
      const outgoing = request(
        url,
        {
          method: init.method ?? "GET",
          headers: {
            ...headers,
            "accept-encoding": "identity",
            "content-length": Buffer.byteLength(body),
          },
          ca: authority,
          rejectUnauthorized: true,
          ...(init.signal ? { signal: init.signal } : {}),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          let size = 0;
          incoming.on("data", (chunk: Buffer) => {
            size += chunk.byteLength;
            if (size > maxBytes) incoming.destroy(new RangeError("too large"));
            else chunks.push(chunk);
          });
          incoming.on("error", failed);
          incoming.on("end", () => resolve({ incoming, bytes: Buffer.concat(chunks) }));
        },
      );
      outgoing.on("error", failed);
      outgoing.end(body);
    });
    const { statusCode = 500, rawHeaders } = answer.incoming;
    const empty = answer.bytes.byteLength === 0 || WITHOUT_BODY.has(statusCode);
    return new Response(empty ? null : new Uint8Array(answer.bytes), {
      status: statusCode,
      headers: pairsOf(rawHeaders),
    });
  };
}

function pairsOf(raw: readonly string[]): [string, string][] {
  return raw.flatMap((name, index) => (index % 2 === 0 ? [[name, raw[index + 1] ?? ""]] : []));
}
