import type { IncomingMessage, ServerResponse } from "node:http";

/** A request, read whole. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly authorization: string | undefined;
  readonly body: string;
}

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
  return {
    method: incoming.method ?? "GET",
    path: url.pathname,
    query: url.searchParams,
    authorization: incoming.headers.authorization,
    body: Buffer.concat(chunks).toString(),
  };
}

/** Writes an answer as Salesforce does. */
export function sendAnswer(
  outgoing: ServerResponse,
  status: number,
  body: object | undefined,
  more: Readonly<Record<string, string>> = {},
): void {
  const headers = { "sforce-limit-info": "api-usage=1/100000", ...more };
  if (body === undefined) outgoing.writeHead(status, headers).end();
  else
    outgoing
      .writeHead(status, { ...headers, "content-type": "application/json;charset=UTF-8" })
      .end(JSON.stringify(body));
}
