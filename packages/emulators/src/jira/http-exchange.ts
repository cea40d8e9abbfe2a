import type { IncomingMessage, ServerResponse } from "node:http";

/** A request as the API reads it. */
export interface ApiRequest {
  readonly method: string;
  /** As it arrived: Jira reads no second spelling. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  readonly contentType: string;
  readonly authorization: string | undefined;
  readonly userAgent: string;
}

const MAX_BODY_BYTES = 262_144;

/** Reads a request whole; `undefined` when it is larger than 256 KiB. */
export async function readApiRequest(incoming: IncomingMessage): Promise<ApiRequest | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.byteLength;
    if (size > MAX_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  const [path = "/", query = ""] = (incoming.url ?? "/").split("?");
  return {
    method: incoming.method ?? "GET",
    path,
    query: new URLSearchParams(query),
    body: Buffer.concat(chunks).toString(),
    contentType: incoming.headers["content-type"] ?? "",
    authorization: incoming.headers.authorization,
    userAgent: incoming.headers["user-agent"] ?? "",
  };
}

/** Writes an answer. */
export function sendAnswer(
  outgoing: ServerResponse,
  status: number,
  body: object | undefined,
  headers: Readonly<Record<string, string>> = {},
): void {
  if (body === undefined) return void outgoing.writeHead(status, headers).end();
  outgoing
    .writeHead(status, { ...headers, "content-type": "application/json;charset=UTF-8" })
    .end(JSON.stringify(body));
}
