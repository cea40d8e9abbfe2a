import { request } from "node:https";

const MAX_BYTES = 65_536;

/**
 * A `fetch` for small answers that trusts this authority (PEM) and no other: the platform's takes none per call. It follows no
 * redirect, and rejects as `fetch` does, with nothing of the other side's text.
 */
export function fetchTrusting(authority: string): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = Object.fromEntries(new Headers(init.headers));
    const body = typeof init.body === "string" ? init.body : "";
    const answer = await new Promise<{ status: number; bytes: Buffer }>((resolve, reject) => {
      const failed = (): void => reject(new TypeError("no answer"));
      const outgoing = request(
        url,
        {
          method: init.method ?? "GET",
          headers: { ...headers, "content-length": Buffer.byteLength(body) },
          ca: authority,
          rejectUnauthorized: true,
          ...(init.signal ? { signal: init.signal } : {}),
        },
        (incoming) => {
          const chunks: Buffer[] = [];
          let size = 0;
          incoming.on("data", (chunk: Buffer) => {
            size += chunk.byteLength;
            if (size > MAX_BYTES) incoming.destroy(new RangeError("too large"));
            else chunks.push(chunk);
          });
          incoming.on("error", failed);
          incoming.on("end", () =>
            resolve({ status: incoming.statusCode ?? 500, bytes: Buffer.concat(chunks) }),
          );
        },
      );
      outgoing.on("error", failed);
      outgoing.end(body);
    });
    return new Response(answer.bytes.byteLength === 0 ? null : new Uint8Array(answer.bytes), {
      status: answer.status,
    });
  };
}
