import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApiRequest } from "./resource-request.ts";

const MAX_BODY_BYTES = 1_048_576;

/** Reads a request whole; `undefined` when it is larger than 1 MiB. */
export async function readApiRequest(incoming: IncomingMessage): Promise<ApiRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  const url = new URL(incoming.url ?? "/", "http://twin.invalid");
  const impersonate = incoming.headers["impersonate-user"];
  return {
    method: incoming.method ?? "GET",
    // As Go reads a path: what is encoded in it is what it says.
    path: decoded(url.pathname),
    query: url.search.slice(1),
    authorization: incoming.headers.authorization,
    contentType: incoming.headers["content-type"] ?? "",
    impersonate: typeof impersonate === "string" ? impersonate : undefined,
    userAgent: incoming.headers["user-agent"] ?? "",
    body: Buffer.concat(chunks),
  };
}

/** Writes an answer: an object, or the text of a log. */
export function sendAnswer(
  outgoing: ServerResponse,
  status: number,
  body: object | string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const text = typeof body === "string";
  outgoing
    .writeHead(status, { "content-type": text ? "text/plain" : "application/json", ...headers })
    .end(text ? body : JSON.stringify(body));
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
