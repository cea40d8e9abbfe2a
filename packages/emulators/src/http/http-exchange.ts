import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApiAnswer, ApiRequest } from "./orders-api.ts";

const MAX_BODY_BYTES = 65_536;

/**
 * Reads a request whole; `undefined` when it is larger than 64 KiB. It is read as sloppy servers read: percent-encoded
 * paths are decoded, empty segments are dropped, and a method override counts. Who sends more than one reading to such a
 * server gets the wrong one here.
 */
export async function readApiRequest(incoming: IncomingMessage): Promise<ApiRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  const url = new URL(incoming.url ?? "/", "http://twin.invalid");
  const header = (name: string): string | undefined => {
    const value = incoming.headers[name];
    return typeof value === "string" ? value : undefined;
  };
  const override = header("x-http-method-override") ?? url.searchParams.get("_method") ?? undefined;
  return {
    method:
      incoming.method === "POST" && override !== undefined
        ? override.toUpperCase()
        : (incoming.method ?? "GET"),
    path: decoded(url.pathname).replace(/\/{2,}/g, "/"),
    query: url.search.slice(1),
    body: Buffer.concat(chunks).toString(),
    presented: { authorization: header("authorization"), apiKey: header("x-api-key") },
    account: header("x-account"),
    idempotencyKey: header("idempotency-key"),
    headerNames: Object.keys(incoming.headers).toSorted(),
  };
}

/** Writes an answer. */
export function sendAnswer(
  outgoing: ServerResponse,
  { status, body, replayed }: Pick<ApiAnswer, "status" | "body"> & { readonly replayed?: boolean },
): void {
  const headers: Record<string, string> = { "request-id": "req_twin" };
  if (replayed === true) headers["idempotent-replayed"] = "true";
  if (body === undefined) return void outgoing.writeHead(status, headers).end();
  outgoing.writeHead(status, { ...headers, "content-type": "application/json" }).end(JSON.stringify(body));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
