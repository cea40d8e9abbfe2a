import type { IncomingMessage, ServerResponse } from "node:http";
import type { ApiRequest } from "./github-api.ts";

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
  const [path = "/", query = ""] = (incoming.url ?? "/").split("?", 2);
  const { authorization, "user-agent": userAgent = "" } = incoming.headers;
  return {
    method: incoming.method ?? "GET",
    path,
    query,
    authorization,
    userAgent,
    body: Buffer.concat(chunks),
  };
}

/** Writes an answer as GitHub does. */
export function sendAnswer(
  outgoing: ServerResponse,
  status: number,
  body: object | undefined,
  more: Readonly<Record<string, string>> = {},
): void {
  const headers = {
    "content-type": "application/json; charset=utf-8",
    "x-github-request-id": "twin",
    ...more,
  };
  if (body === undefined) outgoing.writeHead(status).end();
  else outgoing.writeHead(status, headers).end(JSON.stringify(body));
}
